import { type Selectable, sql } from 'kysely';
import type { MailboxTable } from '../../shared/database/schema.ts';
import type { MailboxInfo, MessageColumns, SpecialUse } from '../../shared/mailbox/types.ts';
import {
  HIERARCHY_DELIMITER,
  MAX_MAILBOX_DEPTH,
  MAX_MAILBOX_NAME_BYTES,
  SHARED_NAMESPACE,
} from '../../shared/mailbox/types.ts';
import type { UidRanges } from '../../shared/mailbox/uid-set.ts';
import type { Trx, Turn } from './turn.ts';

export type MailboxRow = Selectable<MailboxTable>;

export const JOURNAL_APPENDED = 1;
export const JOURNAL_FLAGS = 2;
export const JOURNAL_EXPUNGED = 3;

/** Messages of one request or reply at most: an encoded reply stays below the bus' payload limit. */
export const MAX_MESSAGES_A_TURN = 20_000;

export function infoOf(row: MailboxRow): MailboxInfo {
  return {
    mailboxId: String(row.mailbox_id),
    name: row.name,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    modSeq: row.mod_seq,
    messages: row.messages,
    unseen: row.unseen,
    deleted: row.deleted,
    recent: Math.max(0, Math.min(row.messages, row.uid_next - row.recent_from)),
    size: row.bytes,
    specialUse: row.special_use as SpecialUse | null,
    exists: row.present,
    subscribed: row.subscribed,
    ...(row.sort_order === null ? {} : { sortOrder: row.sort_order }),
  };
}

/** INBOX in any case, as the first level too, is INBOX (RFC 9051 §5.1); the rest is NFC. */
export function canonicalName(name: string): string {
  const normal = name.normalize('NFC');
  if (normal.length === 5 && normal.toUpperCase() === 'INBOX') return 'INBOX';
  if (normal.slice(0, 6).toUpperCase() === 'INBOX/') return `INBOX/${normal.slice(6)}`;
  return normal;
}

/** What is wrong with a name, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (Buffer.byteLength(name) > MAX_MAILBOX_NAME_BYTES) return 'the name is too long';
  if (!name.isWellFormed()) return 'the name has half a character';
  const levels = name.split(HIERARCHY_DELIMITER);
  if (levels.length > MAX_MAILBOX_DEPTH) return 'the name has too many levels';
  if (levels.some((level) => level.length === 0)) return 'a level of the name is empty';
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return 'the name has a control character';
  }
  return undefined;
}

/** What is wrong with the name of a mailbox that is to be made, or undefined. Other accounts' mailboxes have their own place. */
export function newNameProblem(name: string): string | undefined {
  if (name === SHARED_NAMESPACE || name.startsWith(SHARED_NAMESPACE + HIERARCHY_DELIMITER))
    return "the name is one of other accounts' mailboxes";
  return nameProblem(name);
}

export async function mailboxByName(turn: Turn, asked: string): Promise<MailboxRow | undefined> {
  const name = canonicalName(asked);
  if (nameProblem(name) !== undefined) return undefined;
  const [row] = await turn.database.prepared<MailboxRow>(
    'mailbox_by_name',
    'select * from mailbox where account_id = $1 and name = $2',
    [turn.account, name],
  );
  return row;
}

export async function mailboxById(turn: Turn, mailboxId: string): Promise<MailboxRow | undefined> {
  const [row] = await turn.database.prepared<MailboxRow>(
    'mailbox_by_id',
    'select * from mailbox where account_id = $1 and mailbox_id = $2 and present',
    [turn.account, mailboxId],
  );
  return row;
}

/** The account's next MODSEQ, taken by this transaction; quota counters move with it. */
export async function nextModSeq(
  trx: Trx,
  turn: Pick<Turn, 'account'>,
  messages = 0,
  bytes = 0,
): Promise<number> {
  const row = await trx
    .updateTable('account')
    .set((eb) => ({
      mod_seq: eb('mod_seq', '+', 1),
      messages_used: eb('messages_used', '+', messages),
      bytes_used: eb('bytes_used', '+', bytes),
    }))
    .where('account_id', '=', Number(turn.account))
    .returning('mod_seq')
    .executeTakeFirstOrThrow();
  return row.mod_seq;
}

export async function writeJournal(
  trx: Trx,
  turn: Pick<Turn, 'account' | 'now'>,
  modSeq: number,
  mailboxId: number,
  kind: number,
  uids: string,
  /** Of those that were expunged, in the order of `uids`, as Postgres prints them. */
  emailIds?: readonly string[],
): Promise<void> {
  await trx
    .insertInto('journal')
    .values({
      account_id: turn.account,
      mod_seq: modSeq,
      mailbox_id: mailboxId,
      kind,
      uids,
      at: turn.now,
      ...(emailIds === undefined
        ? {}
        : { email_ids: Buffer.from(emailIds.join('').replaceAll('-', ''), 'hex') }),
    })
    .execute();
}

/**
 * `m.uid` in the set, as one index range and a filter. A join with the ranges would be as right, but where the planner
 * has no statistics (a fresh import) it guesses one row and makes it quadratic.
 */
export function uidWithin(ranges: UidRanges) {
  const { first, last, multirange } = uidBounds(ranges);
  return sql`m.uid between ${first} and ${last} and m.uid <@ ${multirange}::int8multirange`;
}

/** The same for statements with numbered parameters. */
export function uidBounds({ low, high }: UidRanges): { first: number; last: number; multirange: string } {
  const multirange = `{${low.map((from, index) => `[${from},${high[index]}]`).join(',')}}`;
  return { first: low[0] ?? 1, last: high.at(-1) ?? 0, multirange };
}

export interface MessageRow {
  readonly uid: number;
  readonly flags: number;
  readonly mod_seq: number;
  readonly keywords: readonly string[] | null;
}

/** What the columns of one reply may take, encoded: well below the bus' payload limit. */
export const MAX_COLUMNS_BYTES = 700_000;
/** `4294967295,31,` and a MODSEQ of 12 digits. */
const ROW_BYTES = 28;

/** How many of the rows fit into one reply; at least one. */
export function rowsThatFit(rows: readonly MessageRow[]): number {
  let bytes = 0;
  for (let index = 0; index < rows.length; index++) {
    bytes += ROW_BYTES;
    for (const keyword of rows[index]!.keywords ?? []) bytes += keyword.length + 5;
    if (bytes > MAX_COLUMNS_BYTES && index > 0) return index;
  }
  return rows.length;
}

export function columnsOf(rows: readonly MessageRow[]): MessageColumns {
  const uids: number[] = new Array(rows.length);
  const flags: number[] = new Array(rows.length);
  const modSeqs: number[] = new Array(rows.length);
  const keywords: [number, readonly string[]][] = [];
  rows.forEach((row, index) => {
    uids[index] = row.uid;
    flags[index] = row.flags;
    modSeqs[index] = row.mod_seq;
    if (row.keywords !== null && row.keywords.length > 0) keywords.push([index, row.keywords]);
  });
  return { uids, flags, modSeqs, keywords };
}
