import type { Database } from '../database/port.ts';
import { type AccountId, Flag, type MailboxId } from './types.ts';

/** Neither read nor a draft (RFC 8621 §2): and not \Deleted, as those are nowhere. */
const NOT_UNREAD = Flag.Seen | Flag.Draft | Flag.Deleted;

export interface ThreadCounts {
  readonly totalThreads: number;
  readonly unreadThreads: number;
}

/** Unread messages of these mailboxes; one without any is left out. */
export async function unreadEmails(
  database: Database,
  account: AccountId,
  mailboxIds: readonly MailboxId[],
): Promise<Map<MailboxId, number>> {
  if (mailboxIds.length === 0) return new Map();
  const rows = await database.prepared<{ mailbox_id: number; n: number }>(
    'mailbox_unread',
    `select mailbox_id, count(*)::int as n from mailbox_message
     where account_id = $1 and mailbox_id = any($2::bigint[]) and (flags & ${NOT_UNREAD}) = 0 group by mailbox_id`,
    [account, mailboxIds],
  );
  return new Map(rows.map((row) => [String(row.mailbox_id), row.n]));
}

/**
 * Threads of these mailboxes, and those of them with something unread anywhere; what is in the trash alone counts in
 * the trash alone, and what is elsewhere does not count there (RFC 8621 §2).
 */
export async function threadCounts(
  database: Database,
  account: AccountId,
  mailboxIds: readonly MailboxId[],
  trash: MailboxId | null,
): Promise<Map<MailboxId, ThreadCounts>> {
  if (mailboxIds.length === 0) return new Map();
  const rows = await database.prepared<{ mailbox_id: number; total: number; unread: number }>(
    'mailbox_threads',
    `with unread as materialized (
       select distinct a.thread_id, m.mailbox_id is not distinct from $3::bigint as trash from mailbox_message m
       join account_message a on a.account_id = $1 and a.email_id = m.email_id
       where m.account_id = $1 and (m.flags & ${NOT_UNREAD}) = 0),
     there as materialized (
       select distinct m.mailbox_id, a.thread_id from mailbox_message m
       join account_message a on a.account_id = $1 and a.email_id = m.email_id
       where m.account_id = $1 and m.mailbox_id = any($2::bigint[]) and (m.flags & ${Flag.Deleted}) = 0)
     select t.mailbox_id, count(*)::int as total, count(u.thread_id)::int as unread
     from there t left join unread u on u.thread_id = t.thread_id
       and u.trash = (t.mailbox_id is not distinct from $3::bigint) group by t.mailbox_id`,
    [account, mailboxIds, trash],
  );
  return new Map(
    rows.map((row) => [String(row.mailbox_id), { totalThreads: row.total, unreadThreads: row.unread }]),
  );
}
