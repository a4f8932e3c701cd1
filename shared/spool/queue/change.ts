import { type RawBuilder, sql, type Transaction } from 'kysely';
import { partitionOf } from '../../actor/partition.ts';
import type { Bus } from '../../bus/port.ts';
import { subjects } from '../../bus/subjects.ts';
import type { Database } from '../../database/port.ts';
import type { Schema } from '../../database/schema.ts';
import { emailIdOf } from '../../mailbox/email-id.ts';
import { localEntries, NEVER, type QueueSelection, remoteEntries } from './selection.ts';

/** Entries that a change concerned: their actors want a hint. */
export interface QueueChange {
  readonly remote: readonly {
    readonly partition: number;
    readonly destination: string;
    /** It waited there before. */
    readonly left?: boolean;
  }[];
  readonly local: readonly {
    readonly partition: number;
    readonly account_id: number;
    readonly email_id: string;
    readonly traceparent: string | null;
  }[];
}

type Changed = Promise<QueueChange>;

const REMOTE = sql`s.partition, s.destination`;
const LOCAL = sql`s.partition, s.account_id, s.email_id, s.traceparent`;

/** Makes the entries due now, but those that are held. Their attempts go on counting. */
export function retryNow(database: Database, selection: QueueSelection, now = database.now()): Changed {
  return changed(database, {
    remote: sql`update spool_remote s set next_attempt_at = ${now}
      where s.held_at is null and ${remoteEntries(selection, now)} returning ${REMOTE}`,
    // Due since it came, unless it was to wait (RFC 4865).
    local: sql`select ${LOCAL} from spool_local s
      where s.queued_at <= ${now}::bigint and ${localEntries(selection, now)}`,
  });
}

/** They are not tried, and not given back, until they are released; how long they are held is added to their lifetime. An attempt under way may still deliver. */
export function hold(database: Database, selection: QueueSelection, now = database.now()): Changed {
  return changed(database, {
    remote: sql`update spool_remote s set held_at = ${now}::bigint, next_attempt_at = ${NEVER}
      where s.held_at is null and ${remoteEntries(selection, now)} returning ${REMOTE}`,
    local: sql`update spool_local s set held_from = s.queued_at, queued_at = ${NEVER}
      where s.held_from is null and ${localEntries(selection, now)} returning ${LOCAL}`,
  });
}

/** What was held is due now. */
export function release(database: Database, selection: QueueSelection, now = database.now()): Changed {
  return changed(database, {
    remote: sql`update spool_remote s set held_ms = s.held_ms + greatest(${now}::bigint - s.held_at, 0), held_at = null,
        next_attempt_at = ${now}
      where s.held_at is not null and ${remoteEntries(selection, now)} returning ${REMOTE}`,
    local: sql`update spool_local s set queued_at = s.held_from, held_from = null
      where s.held_from is not null and ${localEntries(selection, now)} returning ${LOCAL}`,
  });
}

/**
 * Remote entries wait for another destination from now on, a domain, an address literal, or a route (`>name`), whatever the routes say. Those that are held stay
 * held; those that are due stay where they are: an attempt may be under way, and its outcome would not find them. */
export function move(
  database: Database,
  selection: QueueSelection,
  destination: string,
  now = database.now(),
): Changed {
  const partition = partitionOf(destination);
  return changed(database, {
    // What is there already under that number, a report of another kind, stays where it is.
    remote: sql`with old as (
        select s.partition, s.destination, s.email_id, s.recipient_no from spool_remote s
        where s.destination <> ${destination} and s.report is null and s.next_attempt_at > ${now}::bigint and ${remoteEntries(selection, now)}
          and not exists (select from spool_remote o where o.destination = ${destination} and o.email_id = s.email_id
            and o.recipient_no = s.recipient_no)),
      moved as (
        update spool_remote s set destination = ${destination}, partition = ${partition}::smallint, pinned = true,
          next_attempt_at = case when s.held_at is null then ${now}::bigint else s.next_attempt_at end
        from old
        where s.destination = old.destination and s.email_id = old.email_id and s.recipient_no = old.recipient_no
        returning s.partition, s.destination)
      select partition, destination, false as left from moved
      union all select partition, destination, true from old`,
    local: null,
  });
}

/** Takes the entries out of the spool without a DSN, and notes that they were cancelled. An attempt under way may still deliver. */
export async function cancel(
  database: Database,
  selection: QueueSelection,
  now = database.now(),
): Promise<QueueChange> {
  return changed(database, {
    remote: sql`with gone as (
        delete from spool_remote s where ${remoteEntries(selection, now)}
        returning ${REMOTE}, s.email_id, s.recipient_no, s.forward_path),
      released as (
        insert into message_release (email_id, released_at) select distinct email_id, ${now}::bigint from gone),
      noted as (
        insert into spool_attempt (email_id, recipient_no, attempt_at, destination, forward_path, outcome, remote, status, reply)
        select email_id, recipient_no, ${now}::bigint, destination, forward_path, 'cancelled', '', '', 'cancelled by an operator'
        from gone on conflict do nothing)
      select partition, destination from gone`,
    local: sql`with gone as (
        delete from spool_local s where ${localEntries(selection, now)} returning ${LOCAL}),
      released as (
        insert into message_release (email_id, released_at) select distinct email_id, ${now}::bigint from gone)
      select * from gone`,
  });
}

async function changed(
  database: Database,
  statements: { readonly remote: RawBuilder<unknown>; readonly local: RawBuilder<unknown> | null },
): Promise<QueueChange> {
  return database.transaction(async (trx: Transaction<Schema>) => ({
    remote: (await statements.remote.execute(trx)).rows as QueueChange['remote'],
    local: statements.local ? ((await statements.local.execute(trx)).rows as QueueChange['local']) : [],
  }));
}

/** How many were changed. */
export function countOf({ local, remote }: QueueChange): number {
  return local.length + remote.filter(({ left }) => left !== true).length;
}

/** Destinations and entries of one hint; the poll finds the rest. */
const HINT_ENTRIES = 500;

/**
 * Tells the actors. `retry`: an attempt is wanted now, also where nobody answered just now; `reread`: what they have read of their
 * entries is not so any more.
 */
export function hintChange(bus: Bus, change: QueueChange, how: { retry?: boolean; reread?: boolean }): void {
  for (const [partition, entries] of Map.groupBy(change.remote, (entry) => entry.partition)) {
    const destinations = [...new Set(entries.map(({ destination }) => destination))];
    bus.publish(subjects.spoolRemote(partition), {
      destinations: destinations.slice(0, HINT_ENTRIES),
      ...how,
    });
  }
  if (how.retry !== true) return;
  for (const [partition, entries] of Map.groupBy(change.local, (entry) => entry.partition)) {
    const named = entries.slice(0, HINT_ENTRIES);
    bus.publish(subjects.spoolLocal(partition), {
      entries: named.map((one) => [String(one.account_id), emailIdOf(one.email_id), one.traceparent]),
    });
  }
}
