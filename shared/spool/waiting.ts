import type { Database } from '../database/port.ts';

export interface Waiting {
  /** Entries, MOST_COUNTED at most. */
  readonly entries: number;
  /** Since when the oldest of them waits, Unix milliseconds by the database's clock; undefined: none waits. */
  readonly oldestAt: number | undefined;
}

/** A longer queue is told as this long: counting reads every row. */
export const MOST_COUNTED = 1_000_000;

/** How much mail waits for a mailbox, and how much for other servers, in the whole cluster. */
export async function waiting(database: Database): Promise<{ local: Waiting; remote: Waiting }> {
  const rows = await database.prepared<{ kind: 'local' | 'remote'; entries: number; oldest: number | null }>(
    'spool_waiting',
    `select 'local' as kind, count(*) as entries, min(queued_at) as oldest
       from (select coalesce(held_from, queued_at) as queued_at from spool_local limit $1::int) as part
     union all
     select 'remote', count(*), min(queued_at) from (select queued_at from spool_remote limit $1::int) as part`,
    [MOST_COUNTED],
  );
  const of = (kind: 'local' | 'remote'): Waiting => {
    const row = rows.find((one) => one.kind === kind);
    return {
      entries: Number(row?.entries ?? 0),
      oldestAt: row?.oldest == null ? undefined : Number(row.oldest),
    };
  };
  return { local: of('local'), remote: of('remote') };
}
