import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';

const MAX_TAGS = 1_000;

/** quoted *(SP quoted): tags of searches (RFC 5267 §4.3.5). */
export function readCancelUpdate(cursor: Cursor): CommandNamed<'CANCELUPDATE'> {
  const tags = [readTag(cursor)];
  while (cursor.take(' ') && !cursor.atEnd()) {
    if (tags.length >= MAX_TAGS) throw new ImapSyntaxError('Too many tags');
    tags.push(readTag(cursor));
  }
  return { name: 'CANCELUPDATE', tags };
}

function readTag(cursor: Cursor): string {
  return cursor.string().toString('latin1');
}
