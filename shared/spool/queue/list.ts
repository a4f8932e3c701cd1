import { sql } from 'kysely';
import type { Database } from '../../database/port.ts';
import { emailIdOf } from '../../mailbox/email-id.ts';
import type { EmailId } from '../../mailbox/types.ts';
import { localEntries, NEVER, type QueueKind, type QueueSelection, remoteEntries } from './selection.ts';

/** A spool entry as an operator sees it: one forward-path that waits. */
export interface QueueEntry {
  readonly kind: QueueKind;
  /** What `mailctl queue …` takes (`QueueSelection.entries`). */
  readonly entryId: string;
  readonly emailId: EmailId;
  /** The domain that it waits for, with the route behind a `>`; of a local one the account. */
  readonly destination: string;
  /** '' is the null reverse-path. */
  readonly reversePath: string;
  readonly forwardPath: string;
  /** Bytes. */
  readonly size: number;
  readonly attempts: number;
  /** Unix milliseconds. */
  readonly queuedAt: number;
  /** null: an operator holds it. */
  readonly nextAttemptAt: number | null;
  /** What the remote said last, or why it could not be reached. */
  readonly lastReply: string | null;
}

export interface QueuePage {
  /** The last entry of the page before. */
  readonly after?: Pick<QueueEntry, 'destination' | 'entryId'>;
  readonly limit: number;
}

interface Row {
  email_id: string;
  no: number;
  destination: string;
  reverse_path: string;
  forward_path: string;
  size: number;
  attempts: number;
  queued_at: number;
  next_attempt_at: number;
  last_reply: string | null;
}

/** A page of entries of one kind: remote ones by destination, local ones by account; each in the order of arrival. */
export async function listQueue(
  database: Database,
  kind: QueueKind,
  selection: QueueSelection,
  { after, limit }: QueuePage,
): Promise<QueueEntry[]> {
  const [emailId, no = '0'] = after?.entryId.split('.') ?? [];
  const now = database.now();
  const remote = sql<Row>`
    select s.email_id, s.recipient_no as no, s.destination, s.reverse_path, s.forward_path, s.size, s.attempts, s.queued_at,
      s.next_attempt_at, s.last_reply
    from spool_remote s
    where ${remoteEntries(selection, now)} and ${after ? sql`(s.destination, s.email_id, s.recipient_no) > (${after.destination}, ${emailId}::uuid, ${Number(no)}::int)` : sql`true`}
    order by s.destination, s.email_id, s.recipient_no limit ${limit}`;
  const local = sql<Row>`
    select s.email_id, s.account_id as no, s.account_id::text as destination, s.reverse_path, s.forward_path, s.size, 0 as attempts,
      coalesce(s.held_from, s.queued_at) as queued_at, s.queued_at as next_attempt_at, null as last_reply
    from spool_local s
    where ${localEntries(selection, now)} and ${after ? sql`(s.account_id, s.email_id) > (${after.destination}::bigint, ${emailId}::uuid)` : sql`true`}
    order by s.account_id, s.email_id limit ${limit}`;
  const { rows } = await (kind === 'remote' ? remote : local).execute(database.kysely);
  return rows.map((row) => entryOf(kind, row));
}

function entryOf(kind: QueueKind, row: Row): QueueEntry {
  const emailId = emailIdOf(row.email_id);
  return {
    kind,
    entryId: `${emailId}.${kind === 'local' ? 'a' : ''}${row.no}`,
    emailId,
    destination: row.destination,
    reversePath: row.reverse_path,
    forwardPath: row.forward_path,
    size: row.size,
    attempts: row.attempts,
    queuedAt: row.queued_at,
    nextAttemptAt: row.next_attempt_at === NEVER ? null : row.next_attempt_at,
    lastReply: row.last_reply,
  };
}
