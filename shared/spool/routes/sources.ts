import { sql } from 'kysely';
import type { Database } from '../../database/port.ts';

/** An address of ours that routes go out from. */
export interface Source {
  readonly address: string;
  /** How much of its pool's mail it gets, beside the shares of the others; 0: none. A new address warms up from a small one. */
  readonly share: number;
  /** Unix milliseconds: until then it gets none; null: it is in use. */
  readonly pausedUntil: number | null;
  /** Destinations that block it, for as long as they are left alone. */
  readonly blockedBy: readonly {
    readonly destination: string;
    readonly until: number;
    readonly reason: string;
  }[];
}

export const WHOLE_SHARE = 100;
/** Replies are told this far. */
const MAX_REASON = 500;

/** Those that a route names, and those that were spoken of. */
export async function listSources(database: Database): Promise<Source[]> {
  const now = database.now();
  const { rows } = await sql<{
    address: string;
    share: number | null;
    paused_until: number | null;
    destination: string | null;
    until: number | null;
    reason: string | null;
  }>`select a.address, s.share, s.paused_until, p.destination, p.until, p.reason
    from (select unnest(sources) as address from route union select address from source_address) a
    left join source_address s on s.address = a.address
    left join source_pause p on p.address = a.address and p.until > ${now}::bigint
    order by a.address, p.destination`.execute(database.kysely);
  return [...Map.groupBy(rows, (row) => row.address)].map(([address, found]) => {
    const { share, paused_until } = found[0]!;
    return {
      address,
      share: share ?? WHOLE_SHARE,
      pausedUntil: paused_until !== null && paused_until > now ? paused_until : null,
      blockedBy: found.flatMap(({ destination, until, reason }) =>
        destination === null ? [] : [{ destination, until: until!, reason: reason ?? '' }],
      ),
    };
  });
}

/** `share` from 0 to 100. */
export async function setShare(database: Database, address: string, share: number): Promise<void> {
  await database.kysely
    .insertInto('source_address')
    .values({ address, share })
    .onConflict((conflict) => conflict.column('address').doUpdateSet({ share }))
    .execute();
}

/** No mail goes out from it until then; null: it does again, also to those that blocked it. */
export async function pauseSource(database: Database, address: string, until: number | null): Promise<void> {
  await database.transaction(async (trx) => {
    await trx
      .insertInto('source_address')
      .values({ address, share: WHOLE_SHARE, paused_until: until })
      .onConflict((conflict) => conflict.column('address').doUpdateSet({ paused_until: until }))
      .execute();
    if (until === null) await trx.deleteFrom('source_pause').where('address', '=', address).execute();
  });
}

/** A destination blocks it. */
export async function noteBlock(
  database: Database,
  address: string,
  destination: string,
  until: number,
  reason: string,
): Promise<void> {
  const values = { until, reason: reason.slice(0, MAX_REASON) };
  await database.kysely
    .insertInto('source_pause')
    .values({ address, destination, ...values })
    .onConflict((conflict) => conflict.columns(['address', 'destination']).doUpdateSet(values))
    .execute();
}
