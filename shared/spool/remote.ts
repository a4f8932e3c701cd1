import { sql } from 'kysely';
import { checkFence, type Fence } from '../actor/fence.ts';
import { partitionOf } from '../actor/partition.ts';
import type { Bus } from '../bus/port.ts';
import { subjects } from '../bus/subjects.ts';
import type { Database } from '../database/port.ts';
import { rawQuery } from '../database/raw-query.ts';
import { emailIdOf } from '../mailbox/email-id.ts';
import type { EmailId } from '../mailbox/types.ts';
import { acceptStatement } from './accept.ts';
import type { DeliverBy, Report, Submission } from './port.ts';
import { DestinationsDue, DUE_SQL, OTHERS_SQL, SENDERS_A_WALK } from './remote-due.ts';
import { createSettleDone, isDone } from './settle-done.ts';
import { hint } from './spool.ts';
import { readDeliverBy } from './terms.ts';

/** One remote forward-path on its way. Times in Unix milliseconds. */
export interface RemoteEntry {
  readonly destination: string;
  readonly emailId: EmailId;
  readonly recipientNo: number;
  readonly forwardPath: string;
  readonly reversePath: string;
  readonly size: number;
  readonly returnPathBytes: number;
  readonly body: '7bit' | '8bit' | 'binary';
  readonly smtpUtf8: boolean;
  readonly notify: number;
  readonly originalRecipient?: string;
  readonly envelopeId?: string;
  readonly returnContent?: 'full' | 'headers';
  readonly attempts: number;
  readonly queuedAt: number;
  readonly nextAttemptAt: number;
  readonly delayNotifiedAt?: number;
  readonly lastReply?: string;
  readonly traceparent?: string;
  /** Who sends it, for taking turns: the reverse-path without what is behind + or =. */
  readonly sender: string;
  /** The last attempt may have delivered it. */
  readonly uncertain?: boolean;
  /** RFC 6710, -9 to 9. */
  readonly priority: number;
  /** RFC 8689. */
  readonly requireTls: boolean;
  readonly deliverBy?: DeliverBy;
  /** Nothing is sent: this is what there is to tell. */
  readonly report?: Report;
  /** The domain of ours that signs it, or seals it when it is `forwarded`. */
  readonly signer?: string;
  readonly forwarded?: boolean;
  /** Milliseconds that an operator held it. */
  readonly heldMs?: number;
  /** An operator chose its destination. */
  readonly pinned?: boolean;
}

export type RemoteOutcome = {
  /** What the connection was: 'TLSv1.3 dane', 'clear'; absent: there was none. */
  readonly tls?: string;
} & (
  | {
      readonly kind: 'delivered';
      readonly entry: RemoteEntry;
      readonly reply: string;
      readonly remote: string;
    }
  | {
      readonly kind: 'failed';
      readonly entry: RemoteEntry;
      readonly reply: string;
      /** RFC 3463 status, '5.1.1'. */
      readonly status: string;
      readonly remote: string;
    }
  | {
      readonly kind: 'retry';
      readonly entry: RemoteEntry;
      readonly reply: string;
      readonly status: string;
      readonly remote: string;
      readonly at: number;
      /** The whole message was sent and no reply came: the next attempt may deliver it once more. */
      readonly uncertain?: boolean;
      /** Set when a delay DSN goes out with this settle. */
      readonly delayNotifiedAt?: number;
    }
);

export interface RemoteSpool {
  /** Puts entries of a destination under others, and tells their actors. Throws `FenceLost` and what the database throws. */
  place(fence: Fence, destination: string, elsewhere: ReadonlyMap<RemoteEntry, string>): Promise<void>;
  /** Destinations with due entries in these partitions, those that wait longest first. */
  destinationsDue(partitions: readonly number[], now: number, limit: number): Promise<string[]>;
  /** Due entries of one destination, oldest due first. */
  due(destination: string, now: number, limit: number): Promise<RemoteEntry[]>;
  /**
   * Of a destination with more due than `due` tells: some entries of each sender, from `after` on, and the newest ones. `after`: what the
   * next call goes on from.
   */
  othersDue(
    destination: string,
    priority: number,
    now: number,
    after: string,
  ): Promise<{ readonly entries: readonly RemoteEntry[]; readonly after: string }>;
  /**
   * ONE transaction under the fence: deletes what was delivered or failed, reschedules retries, writes the attempts,
   * enqueues the DSNs. Throws `FenceLost` and what the database throws; then nothing is settled.
   */
  settle(
    fence: Fence,
    destination: string,
    outcomes: readonly RemoteOutcome[],
    dsns: readonly Submission[],
  ): Promise<void>;
}

/** `step` 0: one of the newest. Without a destination: a sender with nothing due, or the end of the walk. */
type OtherRow = { readonly step: number; readonly walked: string | null } & (
  | Row
  | { readonly destination: null }
);

interface Row {
  sender: string;
  uncertain: boolean;
  destination: string;
  email_id: string;
  recipient_no: number;
  forward_path: string;
  reverse_path: string;
  size: number;
  return_path_bytes: number;
  body: '7bit' | '8bit' | 'binary';
  smtp_utf8: boolean;
  notify: number;
  original_recipient: string | null;
  envelope_id: string | null;
  return_content: 'full' | 'headers' | null;
  attempts: number;
  queued_at: number;
  next_attempt_at: number;
  delay_notified_at: number | null;
  last_reply: string | null;
  traceparent: string | null;
  priority: number;
  require_tls: boolean;
  deliver_by_at: number | null;
  deliver_by: string | null;
  report: Report | null;
  signer: string | null;
  forwarded: boolean;
  held_ms: number;
  pinned: boolean;
}

function entryOf(row: Row): RemoteEntry {
  return {
    destination: row.destination,
    sender: row.sender,
    uncertain: row.uncertain,
    emailId: emailIdOf(row.email_id),
    recipientNo: row.recipient_no,
    forwardPath: row.forward_path,
    reversePath: row.reverse_path,
    size: row.size,
    returnPathBytes: row.return_path_bytes,
    body: row.body,
    smtpUtf8: row.smtp_utf8,
    notify: row.notify,
    originalRecipient: row.original_recipient ?? undefined,
    envelopeId: row.envelope_id ?? undefined,
    returnContent: row.return_content ?? undefined,
    attempts: row.attempts,
    queuedAt: row.queued_at,
    nextAttemptAt: row.next_attempt_at,
    delayNotifiedAt: row.delay_notified_at ?? undefined,
    lastReply: row.last_reply ?? undefined,
    traceparent: row.traceparent ?? undefined,
    priority: row.priority,
    requireTls: row.require_tls,
    deliverBy: readDeliverBy(row.deliver_by_at, row.deliver_by),
    report: row.report ?? undefined,
    signer: row.signer ?? undefined,
    forwarded: row.forwarded,
    heldMs: row.held_ms,
    pinned: row.pinned,
  };
}

export function createRemoteSpool(database: Database, bus: Bus): RemoteSpool {
  const destinations = new DestinationsDue(database);
  const settleDone = createSettleDone(database);
  return {
    destinationsDue: (partitions, now, limit) => destinations.find(partitions, now, limit),

    async due(destination, now, limit) {
      const rows = await database.prepared<Row>('remote_due', DUE_SQL, [destination, now, limit]);
      return rows.map(entryOf);
    },

    async othersDue(destination, priority, now, after) {
      const parameters = [destination, priority, now, after];
      const rows = await database.prepared<OtherRow>('remote_others_due', OTHERS_SQL, parameters);
      const found = rows.filter((row): row is OtherRow & Row => row.destination !== null);
      const last = rows.find(({ step }) => step === SENDERS_A_WALK);
      return { entries: found.map(entryOf), after: last?.walked ?? '' };
    },

    async place(fence, destination, elsewhere) {
      const entries = [...elsewhere.keys()];
      const names = [...elsewhere.values()];
      await database.transaction(async (trx) => {
        await checkFence(trx, fence);
        await sql`update spool_remote s set destination = w.name, partition = w.partition
          from unnest(${entries.map((entry) => entry.emailId)}::uuid[], ${entries.map((entry) => entry.recipientNo)}::int[],
            ${names}::text[], ${names.map(partitionOf)}::smallint[]) as w (email_id, recipient_no, name, partition)
          where s.destination = ${destination} and s.email_id = w.email_id and s.recipient_no = w.recipient_no`.execute(
          trx,
        );
      });
      for (const [partition, some] of Map.groupBy(new Set(names), partitionOf))
        bus.publish(subjects.spoolRemote(partition), { destinations: some });
    },

    async settle(fence, destination, outcomes, dsns) {
      const done = outcomes.filter(isDone);
      if (dsns.length === 0 && done.length === outcomes.length)
        return settleDone({ fence, destination, outcomes: done });
      const now = database.now();
      const retries = outcomes.filter((outcome) => outcome.kind === 'retry');
      await database.transaction(async (trx) => {
        await checkFence(trx, fence);
        if (done.length > 0) {
          await sql`with gone as (
              delete from spool_remote s
              using unnest(${done.map((o) => o.entry.emailId)}::uuid[], ${done.map((o) => o.entry.recipientNo)}::int[]) as d (email_id, recipient_no)
              where s.destination = ${destination} and s.email_id = d.email_id and s.recipient_no = d.recipient_no
              returning s.email_id)
            insert into message_release (email_id, released_at) select distinct email_id, ${now}::bigint from gone`.execute(
            trx,
          );
        }
        if (retries.length > 0) {
          await sql`update spool_remote s set attempts = s.attempts + 1, last_reply = r.reply, uncertain = r.uncertain,
              next_attempt_at = case when s.held_at is null then r.at else s.next_attempt_at end,
              delay_notified_at = coalesce(r.notified, s.delay_notified_at)
            from unnest(${retries.map((o) => o.entry.emailId)}::uuid[], ${retries.map((o) => o.entry.recipientNo)}::int[],
              ${retries.map((o) => o.at)}::bigint[], ${retries.map((o) => o.reply)}::text[],
              ${retries.map((o) => o.delayNotifiedAt ?? null)}::bigint[], ${retries.map((o) => o.uncertain ?? false)}::boolean[])
              as r (email_id, recipient_no, at, reply, notified, uncertain)
            where s.destination = ${destination} and s.email_id = r.email_id and s.recipient_no = r.recipient_no`.execute(
            trx,
          );
        }
        await sql`insert into spool_attempt (email_id, recipient_no, attempt_at, destination, forward_path, outcome, remote, status, reply, tls)
          select a.email_id, a.recipient_no, ${now}, ${destination}, a.forward_path, a.outcome, a.remote, a.status, a.reply, a.tls
          from unnest(${outcomes.map((o) => o.entry.emailId)}::uuid[], ${outcomes.map((o) => o.entry.recipientNo)}::int[],
            ${outcomes.map((o) => o.entry.forwardPath)}::text[], ${outcomes.map((o) => o.kind)}::text[],
            ${outcomes.map((o) => o.remote)}::text[], ${outcomes.map((o) => (o.kind === 'delivered' ? '2.0.0' : o.status))}::text[],
            ${outcomes.map((o) => o.reply)}::text[], ${outcomes.map((o) => o.tls ?? '')}::text[])
            as a (email_id, recipient_no, forward_path, outcome, remote, status, reply, tls)
          on conflict do nothing`.execute(trx);
        if (dsns.length > 0) {
          const { text, parameters } = acceptStatement(dsns, now);
          await trx.executeQuery(rawQuery(text, parameters));
        }
      });
      if (dsns.length > 0) hint(bus, dsns);
    },
  };
}
