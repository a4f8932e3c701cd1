import type { CommandNamed } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { readReturnOptions } from '../return-options.ts';
import { readSearchKeys } from '../search-key.ts';

/** ["RETURN" SP "(" … ")" SP] ["CHARSET" SP astring SP] search-key *(SP search-key) */
export function readSearch(cursor: Cursor, uid: boolean): CommandNamed<'SEARCH'> {
  const returned = readReturnOptions(cursor);
  const start = cursor.position;
  let charset: string | null = null;
  if (cursor.optionalKeyword() === 'CHARSET') {
    cursor.space();
    charset = cursor.astring().toString('latin1').toUpperCase();
    cursor.space();
  } else cursor.position = start;
  return { name: 'SEARCH', uid, return: returned, charset, key: readSearchKeys(cursor) };
}
