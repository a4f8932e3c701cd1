import { Cursor, ImapSyntaxError } from '../cursor.ts';
import { parseDateTime } from '../date-time.ts';
import type { LiteralHeader } from '../literal-header.ts';
import { readMailbox } from '../mailbox-name.ts';

/** One message of an APPEND (RFC 3501 §6.3.11; several: RFC 3502), up to its literal. */
export interface AppendMessage {
  readonly flags: readonly string[];
  /** Unix time in milliseconds; null: now. */
  readonly internalDate: number | null;
  /** Bytes. */
  readonly size: number;
}

/**
 * `bytes` end with a literal's header: what APPEND says before it. Null when the command is no APPEND, or when the
 * literal is not the message but the mailbox' name.
 */
export function readAppendStart(
  bytes: Buffer,
  literal: LiteralHeader,
  utf8 = false,
): { readonly tag: string; readonly mailbox: string; readonly message: AppendMessage } | null {
  const cursor = new Cursor(bytes, 0, utf8);
  const tag = cursor.tag();
  cursor.space();
  if (cursor.optionalKeyword() !== 'APPEND') return null;
  cursor.space();
  if (cursor.position === literal.start) return null;
  const mailbox = readMailbox(cursor);
  return { tag, mailbox, message: readAppendMessage(cursor, literal) };
}

/** SP [flag-list SP] [date-time SP] literal */
export function readAppendMessage(cursor: Cursor, literal: LiteralHeader): AppendMessage {
  cursor.space();
  let flags: string[] = [];
  if (cursor.atList()) {
    flags = cursor.list((list) => list.flag());
    cursor.space();
  }
  let internalDate: number | null = null;
  if (cursor.peek() === 0x22) {
    internalDate = parseDateTime(cursor.string().toString('latin1'));
    if (internalDate === null) throw new ImapSyntaxError('Invalid date-time');
    cursor.space();
  }
  if (cursor.position !== literal.start) throw new ImapSyntaxError('Expected a literal');
  return { flags, internalDate, size: literal.size };
}
