import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { formatAstring } from './format-string.ts';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.ts';

/** mailbox of RFC 3501 §9, or of RFC 9051 §9, decoded; INBOX, and INBOX above others, in any letter case. */
export function readMailbox(cursor: Cursor): string {
  const wire = cursor.astring();
  const name = cursor.utf8 ? decodeUtf8(wire) : decodeModifiedUtf7(wire.toString('latin1'));
  if (name === null)
    throw new ImapSyntaxError(`The mailbox name is not ${cursor.utf8 ? 'UTF-8' : 'modified UTF-7'}`);
  return canonicalMailbox(name);
}

/** A mailbox name as it goes over the wire, a byte a character. */
export function encodeMailbox(name: string, utf8: boolean): string {
  return utf8 ? Buffer.from(name, 'utf8').toString('latin1') : encodeModifiedUtf7(name);
}

/** A mailbox name for a response; UTF-8 stands in a quoted string (RFC 9051 §9 QUOTED-CHAR). */
export function formatMailboxName(name: string, utf8: boolean): string {
  const wire = encodeMailbox(name, utf8);
  if (/^[\x20-\x7e]*$/.test(wire) || /[\0\r\n]/.test(wire)) return formatAstring(wire);
  return `"${wire.replace(/["\\]/g, '\\$&')}"`;
}

/** Null when it is none. */
function decodeUtf8(wire: Buffer): string | null {
  const name = wire.toString('utf8');
  return Buffer.from(name).equals(wire) ? name : null;
}

export function canonicalMailbox(name: string): string {
  if (name.length < 5 || name.slice(0, 5).toUpperCase() !== 'INBOX') return name;
  return name.length === 5 || name[5] === '/' ? `INBOX${name.slice(5)}` : name;
}
