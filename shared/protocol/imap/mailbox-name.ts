import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { decodeModifiedUtf7 } from './modified-utf7.ts';

/** mailbox of RFC 3501 §9, decoded; INBOX, and INBOX above others, in any letter case. */
export function readMailbox(cursor: Cursor): string {
  const name = decodeModifiedUtf7(cursor.astring().toString('latin1'));
  if (name === null) throw new ImapSyntaxError('The mailbox name is not modified UTF-7');
  return canonicalMailbox(name);
}

export function canonicalMailbox(name: string): string {
  if (name.length < 5 || name.slice(0, 5).toUpperCase() !== 'INBOX') return name;
  return name.length === 5 || name[5] === '/' ? `INBOX${name.slice(5)}` : name;
}
