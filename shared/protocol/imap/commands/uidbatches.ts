import type { CommandNamed } from '../command.ts';
import type { Cursor } from '../cursor.ts';

/** nz-number [SP nz-number ":" nz-number] (RFC 10022 §4) */
export function readUidBatches(cursor: Cursor): CommandNamed<'UIDBATCHES'> {
  const size = cursor.nonZeroNumber();
  if (!cursor.take(' ') || cursor.atEnd()) return { name: 'UIDBATCHES', size, range: null };
  const first = cursor.nonZeroNumber();
  cursor.expect(':');
  return { name: 'UIDBATCHES', size, range: { first, last: cursor.nonZeroNumber() } };
}
