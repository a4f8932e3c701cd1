import { type Cursor, ImapSyntaxError } from './cursor.ts';

/** 2^63 has 19 digits (RFC 7162 §7). */
const MAX_DIGITS = 19;

/** mod-sequence-valzer (RFC 7162 §7). What is past 2^53, and so above any of ours, becomes 2^53-1. */
export function readModSequence(cursor: Cursor): number {
  let value = 0;
  let digits = 0;
  for (let byte = cursor.peek(); byte >= 0x30 && byte <= 0x39; byte = cursor.peek()) {
    value = Math.min(value * 10 + byte - 0x30, Number.MAX_SAFE_INTEGER);
    digits += 1;
    cursor.position += 1;
  }
  if (digits === 0 || digits > MAX_DIGITS) throw new ImapSyntaxError('Expected a mod-sequence');
  return value;
}
