import { type RawBuilder, sql } from 'kysely';
import { isEmailId } from '../../mailbox/email-id.ts';
import type { EmailId } from '../../mailbox/types.ts';

/** Mail for mailboxes of ours, or for other servers. */
export type QueueKind = 'local' | 'remote';

/** Which entries: all that every condition holds for. */
export interface QueueSelection {
  /** `<EmailId>.<recipient number>`, `<EmailId>.a<account>`, or an EmailId alone for all its recipients. */
  readonly entries?: readonly string[];
  /** The domain that it waits for. */
  readonly destination?: string;
  /** A reverse-path, or the domain of one; '' is the null one. */
  readonly sender?: string;
  /** In the spool for longer than this. */
  readonly olderThanMs?: number;
  readonly kind?: QueueKind;
}

/** Ahead of all time: when an entry is due that an operator holds. */
export const NEVER = 8_640_000_000_000_000;

export interface EntryId {
  readonly emailId: EmailId;
  readonly recipientNo?: number;
  readonly account?: string;
}

/** undefined when it is no id of an entry. */
export function readEntryId(text: string): EntryId | undefined {
  const [emailId = '', number, ...rest] = text.split('.');
  if (!isEmailId(emailId) || rest.length > 0) return undefined;
  if (number === undefined) return { emailId };
  const [, of, digits] = /^(a?)(\d{1,15})$/.exec(number) ?? [];
  if (digits === undefined) return undefined;
  if (of === 'a') return { emailId, account: digits };
  return digits.length <= 6 ? { emailId, recipientNo: Number(digits) } : undefined;
}

/** The condition on rows `s` of `spool_remote`; `now` in Unix milliseconds. */
export function remoteEntries(selection: QueueSelection, now: number): RawBuilder<boolean> {
  const { entries, destination, kind } = selection;
  const conditions = common(selection, now, sql`s.queued_at`);
  if (kind === 'local') conditions.push(sql`false`);
  if (entries !== undefined) {
    const wanted = read(entries).filter(({ account }) => account === undefined);
    conditions.push(sql`exists (select from unnest(${wanted.map((one) => one.emailId)}::uuid[],
      ${wanted.map((one) => one.recipientNo ?? null)}::int[]) w (id, no)
      where w.id = s.email_id and (w.no is null or w.no = s.recipient_no))`);
  }
  if (destination !== undefined) {
    const domain = destination.toLowerCase();
    // With a route behind it, it is for the same domain.
    conditions.push(sql`(s.destination = ${domain} or starts_with(s.destination, ${`${domain}>`}))`);
  }
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

/** The condition on rows `s` of `spool_local`. */
export function localEntries(selection: QueueSelection, now: number): RawBuilder<boolean> {
  const { entries, destination, kind } = selection;
  const conditions = common(selection, now, sql`coalesce(s.held_from, s.queued_at)`);
  if (kind === 'remote') conditions.push(sql`false`);
  if (entries !== undefined) {
    const wanted = read(entries).filter(({ recipientNo }) => recipientNo === undefined);
    conditions.push(sql`exists (select from unnest(${wanted.map((one) => one.emailId)}::uuid[],
      ${wanted.map((one) => one.account ?? null)}::bigint[]) w (id, account)
      where w.id = s.email_id and (w.account is null or w.account = s.account_id))`);
  }
  if (destination !== undefined) conditions.push(inDomain(sql`s.forward_path`, destination));
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

function common(
  { sender, olderThanMs }: QueueSelection,
  now: number,
  queuedAt: RawBuilder<unknown>,
): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  if (sender === '' || sender?.includes('@'))
    conditions.push(sql`lower(s.reverse_path) = ${sender.toLowerCase()}`);
  else if (sender !== undefined) conditions.push(inDomain(sql`s.reverse_path`, sender));
  if (olderThanMs !== undefined) conditions.push(sql`${queuedAt} <= ${now - olderThanMs}::bigint`);
  return conditions;
}

function inDomain(path: RawBuilder<unknown>, domain: string): RawBuilder<unknown> {
  const suffix = `@${domain.toLowerCase()}`;
  return sql`right(lower(${path}), ${[...suffix].length}::int) = ${suffix}`;
}

function read(entries: readonly string[]): EntryId[] {
  return entries.flatMap((entry) => readEntryId(entry) ?? []);
}
