import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { parseDateTime } from '../date-time.ts';
import type { LiteralHeader } from '../literal-header.ts';

/** One message of an APPEND (RFC 3501 §6.3.11; several: RFC 3502), up to its content. */
export interface AppendMessage {
  readonly flags: readonly string[];
  /** Unix time in milliseconds; null: now. */
  readonly internalDate: number | null;
  /** `utf8`: RFC 9755 §4. `catenate`: put together of literals and URLs (RFC 4469). */
  readonly form: 'literal' | 'utf8' | 'catenate';
}

/**
 * SP [flag-list SP] [date-time SP] literal, or up to the parenthesis of `UTF8 (` or `CATENATE (`. `literal`: what the
 * line ends with.
 */
export function readAppendMessage(cursor: Cursor, literal: LiteralHeader | null): AppendMessage {
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
  return { flags, internalDate, form: readForm(cursor, literal) };
}

function readForm(cursor: Cursor, literal: LiteralHeader | null): AppendMessage['form'] {
  if (cursor.position === literal?.start) return 'literal';
  const form = cursor.optionalKeyword();
  if (form !== 'UTF8' && form !== 'CATENATE') throw new ImapSyntaxError('Expected a literal');
  cursor.space();
  cursor.expect('(');
  return form === 'UTF8' ? 'utf8' : 'catenate';
}
