import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';

const MAX_CAPABILITIES = 50;

/** capability *(SP capability) (RFC 5161 §5) */
export function readEnable(cursor: Cursor): CommandNamed<'ENABLE'> {
  const capabilities = [cursor.keyword()];
  while (!cursor.atEnd()) {
    cursor.space();
    if (!cursor.atEnd()) capabilities.push(cursor.keyword());
    if (capabilities.length > MAX_CAPABILITIES) throw new ImapSyntaxError('Too many capabilities');
  }
  return { name: 'ENABLE', capabilities };
}
