import type { Database } from '../database/port.ts';

/** Entries of a partition that a look sees by time: more are a backlog, in which one destination may hide others. */
const FRONT = 20;
/** Destinations of such a partition that a look goes through; the next look goes on from there. */
const STEPS = 10;

/**
 * Destinations with something due. By time, as far as `FRONT` entries a partition; where there are more, also by name, some at a time: so the cost
 * goes by partitions and destinations, not by how many entries wait.
 */
const DESTINATIONS_SQL = `with recursive held as (
    select * from unnest($1::smallint[], $3::text[]) as h (partition, after)),
  front as (
    select d.* from held cross join lateral (
      select s.partition, s.destination, s.priority, s.next_attempt_at from spool_remote s
      where s.partition = held.partition and s.next_attempt_at <= $2 order by s.next_attempt_at limit ${FRONT}) d),
  walk (partition, destination, step) as (
    select f.partition, (select s.destination from spool_remote s
      where s.partition = f.partition and s.destination > f.after order by s.destination limit 1), 1
    from (select partition, after from front join held using (partition) group by 1, 2 having count(*) >= ${FRONT}) f
    union all
    select w.partition, (select s.destination from spool_remote s
      where s.partition = w.partition and s.destination > w.destination order by s.destination limit 1), step + 1
    from walk w where w.destination is not null and step < ${STEPS})
  select partition, destination, max(priority)::int as priority, min(next_attempt_at) as due_at, false as walked
  from front group by 1, 2
  union all
  select w.partition, w.destination, 0, (select min(s.next_attempt_at) from spool_remote s
    where s.partition = w.partition and s.destination = w.destination), true from walk w`;

interface DestinationRow {
  readonly partition: number;
  /** null: a walk came to the end of its partition. */
  readonly destination: string | null;
  readonly priority: number;
  readonly due_at: number | null;
  readonly walked: boolean;
}

/** Finds destinations with entries due in partitions; keeps for each partition how far its walk came. */
export class DestinationsDue {
  readonly #database: Database;
  readonly #after = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Higher priorities first, then those that wait longest. `now` in Unix milliseconds. */
  async find(partitions: readonly number[], now: number, limit: number): Promise<string[]> {
    const after = partitions.map((partition) => this.#after.get(partition) ?? '');
    const rows = await this.#database.prepared<DestinationRow>('destinations_due', DESTINATIONS_SQL, [
      partitions,
      now,
      after,
    ]);
    this.#remember(rows.filter(({ walked }) => walked));
    const due = rows.filter(
      ({ destination, due_at: at }) => destination !== null && at !== null && at <= now,
    );
    due.sort((a, b) => b.priority - a.priority || a.due_at! - b.due_at!);
    return [...new Set(due.map(({ destination }) => destination!))].slice(0, limit);
  }

  #remember(walked: readonly DestinationRow[]): void {
    for (const partition of new Set(walked.map((row) => row.partition))) this.#after.delete(partition);
    const ended = new Set(walked.filter((row) => row.destination === null).map((row) => row.partition));
    for (const { partition, destination } of walked) {
      if (destination === null || ended.has(partition)) continue;
      if (destination > (this.#after.get(partition) ?? '')) this.#after.set(partition, destination);
    }
  }
}

/** One look into the index a priority, so that what waits for a later time costs nothing, whatever its priority. */
export const DUE_SQL = `select d.* from generate_series(9, -9, -1) p cross join lateral (
    select * from spool_remote where destination = $1 and priority = p and next_attempt_at <= $2
    order by next_attempt_at limit $3) d
  order by d.priority desc, d.next_attempt_at limit $3`;

/** Senders that a look goes through, and entries of each that it takes. */
const SENDERS = 50;
const EACH = 5;
/** The newest: whatever name a mailing gives itself, what has just come is not behind all of it. */
const NEWEST = 25;

/** Of a destination and priority with more due than a claim takes: some of each sender, from `$4` on, and the newest. */
export const OTHERS_SQL = `with recursive walk (sender, step) as (
    select (select sender from spool_remote where destination = $1 and priority = $2::smallint and sender > $4
      order by sender limit 1), 1
    union all
    select (select s.sender from spool_remote s where s.destination = $1 and s.priority = $2::smallint
      and s.sender > w.sender order by s.sender limit 1), step + 1
    from walk w where w.sender is not null and step < ${SENDERS})
  select w.step, w.sender as walked, d.* from walk w left join lateral (
    select * from spool_remote s where s.destination = $1 and s.priority = $2::smallint and s.sender = w.sender
      and s.next_attempt_at <= $3 order by s.next_attempt_at limit ${EACH}) d on true
  union all
  (select 0, null, s.* from spool_remote s where s.destination = $1 and s.priority = $2::smallint and s.next_attempt_at <= $3
    order by s.next_attempt_at desc limit ${NEWEST})`;

export const SENDERS_A_WALK = SENDERS;
