import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readMailbox } from '../mailbox-name.ts';

/** mailbox [SP "(" "USE" SP "(" use-attr *(SP use-attr) ")" ")"] (RFC 6154 §3) */
export function readCreate(cursor: Cursor): CommandNamed<'CREATE'> {
  const mailbox = readMailbox(cursor);
  let specialUse: string[] = [];
  if (!cursor.atEnd()) {
    cursor.space();
    if (cursor.atList()) {
      cursor.expect('(');
      if (cursor.keyword() !== 'USE') throw new ImapSyntaxError('Unknown parameter of CREATE');
      cursor.space();
      specialUse = cursor.list((list) => list.flag().replace('\\', ''));
      cursor.expect(')');
    }
  }
  return { name: 'CREATE', mailbox, specialUse };
}
