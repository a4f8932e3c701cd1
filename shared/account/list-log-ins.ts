import type { Database } from '../database/port.ts';
import { addressKey } from './address.ts';
import type { LogInOutcome } from './log-in-journal.ts';

export interface ListedLogIn {
  /** Unix milliseconds. */
  readonly at: number;
  readonly name: string;
  readonly protocol: string;
  readonly method: string;
  readonly remote: string;
  readonly outcome: string;
  readonly appPassword: string | null;
}

/** The latest `limit` log-ins, newest first; of one address: those that named it. */
export async function listLogIns(
  database: Database,
  filter: { readonly address?: string; readonly outcome?: LogInOutcome; readonly limit: number },
): Promise<ListedLogIn[]> {
  const { address, outcome, limit } = filter;
  const rows = await database.kysely
    .selectFrom('log_in')
    .select(['at', 'name', 'protocol', 'method', 'remote', 'outcome', 'app_password'])
    .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome!))
    .$if(address !== undefined, (query) =>
      query.where(({ eb, fn }) => eb(fn<string>('lower', ['name']), '=', addressKey(address!) ?? address!)),
    )
    .orderBy('log_in_id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ app_password: appPassword, ...row }) => ({ ...row, appPassword }));
}
