import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readModSequence } from '../mod-sequence.ts';

/** sequence-set SP ["(" "UNCHANGEDSINCE" SP mod-sequence ")" SP] store-att-flags: `+FLAGS.SILENT (\Seen)`; the parentheses may be left out. */
export function readStore(cursor: Cursor, uid: boolean): CommandNamed<'STORE'> {
  const set = cursor.sequenceSet();
  cursor.space();
  const unchangedSince = cursor.atList() ? readUnchangedSince(cursor) : undefined;
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
  const condition = unchangedSince === undefined ? {} : { unchangedSince };
  return { name: 'STORE', uid, set, ...condition, mode, silent: item === 'FLAGS.SILENT', flags };
}

function readUnchangedSince(cursor: Cursor): number {
  const [modSeq, ...more] = cursor.list((list) => {
    if (list.keyword() !== 'UNCHANGEDSINCE') throw new ImapSyntaxError('Unknown modifier of STORE');
    list.space();
    return readModSequence(list);
  });
  if (modSeq === undefined || more.length > 0) throw new ImapSyntaxError('Expected one modifier of STORE');
  cursor.space();
  return modSeq;
}
