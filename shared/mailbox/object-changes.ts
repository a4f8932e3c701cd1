import type { Database } from '../database/port.ts';
import type { AccountId, ModSeq } from './types.ts';

export interface ObjectChanges {
  readonly created: string[];
  readonly updated: string[];
  readonly destroyed: string[];
  /** The account's MODSEQ. */
  readonly modSeq: ModSeq;
}

const MAX_CHANGES = 10_000;
const CREATED = 1;
const DESTROYED = 3;

/** What became of an account's objects of a type since then, as they are now; undefined: it is not known any more. */
export async function objectChanges(
  database: Database,
  account: AccountId,
  type: string,
  since: ModSeq,
): Promise<ObjectChanges | undefined> {
  const rows = await database.prepared<{
    upto: number;
    journal_from: number;
    object_id: string | null;
    kinds: number[] | null;
  }>(
    'object_changes',
    `select a.mod_seq as upto, a.journal_from, o.object_id, o.kinds from account a left join lateral (
       select object_id, array_agg(kind order by mod_seq) as kinds from object_change
       where account_id = $1 and mod_seq > $2 and type = $3 group by object_id limit $4) o on true
     where a.account_id = $1`,
    [account, since, type, MAX_CHANGES + 1],
  );
  const [first] = rows;
  if (first === undefined || since > first.upto || since < first.journal_from || rows.length > MAX_CHANGES)
    return undefined;
  const changes = { created: [] as string[], updated: [] as string[], destroyed: [] as string[] };
  for (const { object_id: id, kinds } of rows) {
    if (id === null || kinds === null) continue;
    const isNew = kinds[0] === CREATED;
    const isGone = kinds.at(-1) === DESTROYED;
    if (isNew && isGone) continue;
    changes[isGone ? 'destroyed' : isNew ? 'created' : 'updated'].push(id);
  }
  return { ...changes, modSeq: first.upto };
}

/** Types that changed since then. */
export async function changedTypes(database: Database, account: AccountId, since: ModSeq): Promise<string[]> {
  const rows = await database.prepared<{ type: string }>(
    'object_types_changed',
    'select distinct type from object_change where account_id = $1 and mod_seq > $2',
    [account, since],
  );
  return rows.map((row) => row.type);
}
