import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';

/** sequence-set SP store-att-flags: `+FLAGS.SILENT (\Seen)`; the parentheses may be left out. */
export function readStore(cursor: Cursor, uid: boolean): CommandNamed<'STORE'> {
  const set = cursor.sequenceSet();
  cursor.space();
  const mode = cursor.take('+') ? 'add' : cursor.take('-') ? 'remove' : 'replace';
  const item = cursor.keyword();
  if (item !== 'FLAGS' && item !== 'FLAGS.SILENT') throw new ImapSyntaxError('Expected FLAGS');
  cursor.space();
  const flags: string[] = [];
  if (cursor.atList()) flags.push(...cursor.list((list) => list.flag()));
  else {
    flags.push(cursor.flag());
    while (!cursor.atEnd()) {
      cursor.space();
      if (!cursor.atEnd()) flags.push(cursor.flag());
    }
  }
  return { name: 'STORE', uid, set, mode, silent: item === 'FLAGS.SILENT', flags };
}
