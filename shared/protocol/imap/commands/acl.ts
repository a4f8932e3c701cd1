import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readMailbox } from '../mailbox-name.ts';

/** SETACL, DELETEACL and LISTRIGHTS (RFC 4314 §3). */
export type AclCommand =
  | {
      readonly name: 'SETACL';
      readonly mailbox: string;
      readonly identifier: string;
      readonly mode: 'add' | 'remove' | 'replace';
      /** As written: which letters are rights is the server's to say. */
      readonly rights: string;
    }
  | { readonly name: 'DELETEACL' | 'LISTRIGHTS'; readonly mailbox: string; readonly identifier: string };

/** mailbox SP identifier SP mod-rights: `+lr`, `-x`, `lrs` */
export function readSetAcl(cursor: Cursor): CommandNamed<'SETACL'> {
  const { mailbox, identifier } = readMailboxAndIdentifier(cursor);
  cursor.space();
  const text = cursor.astring().toString('latin1');
  const mode = text.startsWith('+') ? 'add' : text.startsWith('-') ? 'remove' : 'replace';
  return { name: 'SETACL', mailbox, identifier, mode, rights: mode === 'replace' ? text : text.slice(1) };
}

/** mailbox SP identifier */
export function readMailboxAndIdentifier(cursor: Cursor): {
  readonly mailbox: string;
  readonly identifier: string;
} {
  const mailbox = readMailbox(cursor);
  cursor.space();
  const identifier = cursor.astringText();
  if (identifier === '') throw new ImapSyntaxError('Expected an identifier');
  return { mailbox, identifier };
}
