import type { Database } from '../database/port.ts';
import { emailIdOf } from './email-id.ts';
import {
  type AccountId,
  type EmailId,
  Flag,
  type MailboxId,
  type ModSeq,
  type ThreadId,
  type Uid,
} from './types.ts';

/** One message of an account, in whatever mailboxes it is: what JMAP calls an Email. */
export interface EmailRow {
  readonly emailId: EmailId;
  readonly mailboxes: readonly { readonly mailboxId: MailboxId; readonly uid: Uid }[];
  /** Of all copies together: \Seen where all have it, other flags where any has. */
  readonly flags: number;
  readonly keywords: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** The earliest, Unix milliseconds. */
  readonly receivedAt: number;
  /** Undefined: the index has not got to it. */
  readonly threadId: ThreadId | undefined;
}

/** Where an account's changes have come to. */
export interface AccountState {
  readonly modSeq: ModSeq;
  /** Changes up to this one may be forgotten. */
  readonly journalFrom: ModSeq;
}

interface Row {
  email_id: string;
  mailbox_id: number;
  uid: number;
  flags: number;
  keywords: string[] | null;
  size: number;
  internal_at: number;
  thread_id: string | null;
}

/** Facts about a message that never change, kept so that a list shows them without opening it. */
export interface EmailSummary {
  readonly preview: string;
  readonly hasAttachment: boolean;
}

/**
 * Reads emails past the account's actor: its commits are whole, so that each read is of one moment. A message that is
 * \Deleted is nowhere (RFC 8621 §4.1.1). Whoever asks has to know that it may.
 */
export class EmailRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** To be read before what it is the state of. */
  async state(account: AccountId): Promise<AccountState> {
    const [row] = await this.#database.prepared<{ mod_seq: number; journal_from: number }>(
      'email_state',
      'select mod_seq, journal_from from account where account_id = $1',
      [account],
    );
    return { modSeq: row?.mod_seq ?? 0, journalFrom: row?.journal_from ?? 0 };
  }

  /** Those of these that the account has, by id. */
  async emails(account: AccountId, emailIds: readonly EmailId[]): Promise<Map<EmailId, EmailRow>> {
    if (emailIds.length === 0) return new Map();
    const rows = await this.#database.prepared<Row>(
      'email_rows',
      `select m.email_id, m.mailbox_id, m.uid, m.flags, m.keywords, m.size, m.internal_at, a.thread_id
       from mailbox_message m left join account_message a on a.email_id = m.email_id and a.account_id = m.account_id
       where m.email_id = any($2::uuid[]) and m.account_id = $1 and (m.flags & ${Flag.Deleted}) = 0
       order by m.email_id, m.mailbox_id, m.uid`,
      [account, emailIds],
    );
    return new Map(
      [...Map.groupBy(rows, (row) => row.email_id)].map(([uuid, own]) => [
        emailIdOf(uuid),
        emailOf(uuid, own),
      ]),
    );
  }

  /** Which of these ids the account has in any mailbox, \Deleted or not: it may read their bytes. */
  async owned(account: AccountId, emailIds: readonly EmailId[]): Promise<Set<EmailId>> {
    const rows = await this.#database.prepared<{ email_id: string }>(
      'email_owned',
      'select distinct email_id from mailbox_message where email_id = any($2::uuid[]) and account_id = $1',
      [account, emailIds],
    );
    return new Set(rows.map((row) => emailIdOf(row.email_id)));
  }

  /** Emails of these threads, by thread; the oldest first (RFC 8621 §3). */
  async threads(account: AccountId, threadIds: readonly ThreadId[]): Promise<Map<ThreadId, EmailId[]>> {
    const rows = await this.#database.prepared<{ thread_id: string; email_id: string }>(
      'email_threads',
      `select a.thread_id, m.email_id, min(m.internal_at) as at
       from account_message a join mailbox_message m on m.email_id = a.email_id and m.account_id = a.account_id
       where a.account_id = $1 and a.thread_id = any($2::uuid[]) and (m.flags & ${Flag.Deleted}) = 0
       group by a.thread_id, m.email_id order by at, m.email_id`,
      [account, threadIds],
    );
    return new Map(
      [...Map.groupBy(rows, (row) => threadIdOf(row.thread_id))].map(([threadId, own]) => [
        threadId,
        own.map((row) => emailIdOf(row.email_id)),
      ]),
    );
  }

  /** Has a message come into a mailbox since then? */
  async arrivedSince(account: AccountId, modSeq: ModSeq): Promise<boolean> {
    const rows = await this.#database.prepared(
      'email_arrived',
      'select 1 from journal where account_id = $1 and mod_seq > $2 and kind = 1 limit 1',
      [account, modSeq],
    );
    return rows.length > 0;
  }

  /** The threads of these emails, as long as their bytes are there. */
  async threadsOf(account: AccountId, emailIds: readonly EmailId[]): Promise<Map<EmailId, ThreadId>> {
    if (emailIds.length === 0) return new Map();
    const rows = await this.#database.prepared<{ email_id: string; thread_id: string }>(
      'email_threads_of',
      'select email_id, thread_id from account_message where email_id = any($2::uuid[]) and account_id = $1',
      [account, emailIds],
    );
    return new Map(rows.map((row) => [emailIdOf(row.email_id), threadIdOf(row.thread_id)]));
  }

  /** A mailbox with messages that are in no thread yet; undefined: there is none. */
  async unthreaded(account: AccountId): Promise<MailboxId | undefined> {
    const [row] = await this.#database.prepared<{ mailbox_id: number }>(
      'email_unthreaded',
      `select b.mailbox_id from mailbox b left join search_cursor c using (account_id, mailbox_id)
       where b.account_id = $1 and b.present and b.uid_next - 1 > coalesce(c.uid, 0) and exists (
         select from mailbox_message m where m.account_id = b.account_id and m.mailbox_id = b.mailbox_id
           and m.uid > coalesce(c.uid, 0)) limit 1`,
      [account],
    );
    return row === undefined ? undefined : String(row.mailbox_id);
  }

  async summaries(emailIds: readonly EmailId[]): Promise<Map<EmailId, EmailSummary>> {
    const rows = await this.#database.prepared<{
      email_id: string;
      preview: string;
      has_attachment: boolean;
    }>(
      'email_summaries',
      'select email_id, preview, has_attachment from message_summary where email_id = any($1::uuid[])',
      [emailIds],
    );
    return new Map(
      rows.map((row) => [
        emailIdOf(row.email_id),
        { preview: row.preview, hasAttachment: row.has_attachment },
      ]),
    );
  }
}

const threadIdOf = (uuid: string): ThreadId => uuid.replaceAll('-', '');

function emailOf(uuid: string, rows: readonly Row[]): EmailRow {
  const [first] = rows as [Row, ...Row[]];
  const any = rows.reduce<number>((bits, row) => bits | row.flags, 0);
  const all = rows.reduce<number>((bits, row) => bits & row.flags, Flag.Seen);
  const keywords = new Map(
    rows.flatMap((row) => row.keywords ?? []).map((keyword) => [keyword.toLowerCase(), keyword] as const),
  );
  return {
    emailId: emailIdOf(uuid),
    mailboxes: rows.map((row) => ({ mailboxId: String(row.mailbox_id), uid: row.uid })),
    flags: (any & ~Flag.Seen) | all,
    keywords: [...keywords.keys()],
    size: first.size,
    receivedAt: Math.min(...rows.map((row) => row.internal_at)),
    threadId: first.thread_id === null ? undefined : threadIdOf(first.thread_id),
  };
}
