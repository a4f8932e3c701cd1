import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../database/port.ts';
import type { Schema } from '../database/schema.ts';
import { emailIdOf, isEmailId } from '../mailbox/email-id.ts';
import type { EmailId } from '../mailbox/types.ts';

/** The remote spool entries as an operator sees them: one a forward-path that waits for a remote. */
export interface QueueEntry {
  /** `<EmailId>.<recipient number>`: what `retry` and `cancel` take. */
  readonly entryId: string;
  readonly emailId: EmailId;
  readonly recipientNo: number;
  readonly destination: string;
  /** '' is the null reverse-path. */
  readonly reversePath: string;
  readonly forwardPath: string;
  /** Bytes. */
  readonly size: number;
  readonly attempts: number;
  /** Unix milliseconds. */
  readonly queuedAt: number;
  readonly nextAttemptAt: number;
  /** What the remote said last, or why it could not be reached. */
  readonly lastReply: string | null;
}

export interface QueuePage {
  readonly destination?: string;
  /** The last entry of the page before. */
  readonly after?: Pick<QueueEntry, 'destination' | 'emailId' | 'recipientNo'>;
  readonly limit: number;
}

/** A page by destination, then in the order of arrival. */
export async function listQueue(database: Database, page: QueuePage): Promise<QueueEntry[]> {
  const { destination, after } = page;
  const rows = await database.kysely
    .selectFrom('spool_remote')
    .select(['email_id', 'recipient_no', 'destination', 'reverse_path', 'forward_path', 'size'])
    .select(['attempts', 'queued_at', 'next_attempt_at', 'last_reply'])
    .$if(destination !== undefined, (query) => query.where('destination', '=', destination ?? ''))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(destination, email_id, recipient_no) >
          (${after?.destination}, ${after?.emailId}::uuid, ${after?.recipientNo}::int)`,
      ),
    )
    .orderBy('destination')
    .orderBy('email_id')
    .orderBy('recipient_no')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({
    entryId: `${emailIdOf(row.email_id)}.${row.recipient_no}`,
    emailId: emailIdOf(row.email_id),
    recipientNo: row.recipient_no,
    destination: row.destination,
    reversePath: row.reverse_path,
    forwardPath: row.forward_path,
    size: row.size,
    attempts: row.attempts,
    queuedAt: row.queued_at,
    nextAttemptAt: row.next_attempt_at,
    lastReply: row.last_reply,
  }));
}

/** Which entries: by id (an EmailId alone means all its recipients), of a destination, or all. */
export type QueueSelection =
  | { readonly entries: readonly string[] }
  | { readonly destination: string }
  | { readonly all: true };

export interface QueueChange {
  readonly entries: number;
  /** Partition → destinations concerned: their actors want a hint. */
  readonly destinations: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Makes the entries due now. Their attempts go on counting. */
export async function retryNow(
  database: Database,
  selection: QueueSelection,
  now: number = database.now(),
): Promise<QueueChange> {
  const rows = await database.kysely
    .updateTable('spool_remote')
    .set({ next_attempt_at: now })
    .where((row) => selected(row, selection))
    .returning(['partition', 'destination'])
    .execute();
  return summary(rows);
}

/** Takes the entries out of the spool without a DSN, and notes that they were cancelled. An attempt under way may still deliver. */
export async function cancel(
  database: Database,
  selection: QueueSelection,
  now: number = database.now(),
): Promise<QueueChange> {
  const rows = await database.transaction(async (trx) => {
    const gone = await trx
      .deleteFrom('spool_remote')
      .where((row) => selected(row, selection))
      .returning(['email_id', 'recipient_no', 'destination', 'forward_path', 'partition'])
      .execute();
    await sql`insert into message_release (email_id, released_at)
      select distinct u.id, ${now}::bigint from unnest(${gone.map((entry) => entry.email_id)}::uuid[]) u (id)`.execute(
      trx,
    );
    for (let from = 0; from < gone.length; from += NOTED_AT_ONCE) {
      await trx
        .insertInto('spool_attempt')
        .values(
          gone.slice(from, from + NOTED_AT_ONCE).map(({ partition: _, ...entry }) => ({
            ...entry,
            attempt_at: now,
            outcome: 'cancelled',
            remote: '',
            status: '',
            reply: 'cancelled by an operator',
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    return gone;
  });
  return summary(rows);
}

/** Rows an insert: nine parameters each, and a statement takes 65,535. */
const NOTED_AT_ONCE = 1_000;

function selected(
  row: ExpressionBuilder<Schema, 'spool_remote'>,
  selection: QueueSelection,
): Expression<SqlBool> {
  if ('all' in selection) return sql<boolean>`true`;
  if ('destination' in selection) return row('destination', '=', selection.destination.toLowerCase());
  const wanted = selection.entries.map(readEntryId).filter((entry) => entry !== undefined);
  return row.or(
    wanted.map(({ emailId, recipientNo }) =>
      row.and([
        row('email_id', '=', emailId),
        ...(recipientNo === undefined ? [] : [row('recipient_no', '=', recipientNo)]),
      ]),
    ),
  );
}

/** `<EmailId>` or `<EmailId>.<recipient number>`; undefined when it is neither. */
export function readEntryId(text: string): { emailId: EmailId; recipientNo?: number } | undefined {
  const [emailId = '', number, ...rest] = text.split('.');
  if (!isEmailId(emailId) || rest.length > 0) return undefined;
  if (number === undefined) return { emailId };
  return /^\d{1,6}$/.test(number) ? { emailId, recipientNo: Number(number) } : undefined;
}

function summary(rows: readonly { partition: number; destination: string }[]): QueueChange {
  const destinations = new Map<number, Set<string>>();
  for (const { partition, destination } of rows) {
    const some = destinations.get(partition);
    if (some) some.add(destination);
    else destinations.set(partition, new Set([destination]));
  }
  return { entries: rows.length, destinations };
}
