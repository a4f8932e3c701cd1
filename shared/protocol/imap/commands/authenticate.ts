import type { CommandNamed } from '../command.ts';
import type { Cursor } from '../cursor.ts';

/** auth-type [SP initial-response] (RFC 4959) */
export function readAuthenticate(cursor: Cursor): CommandNamed<'AUTHENTICATE'> {
  const mechanism = cursor.keyword();
  let initialResponse: string | undefined;
  if (!cursor.atEnd()) {
    cursor.space();
    if (!cursor.atEnd()) initialResponse = cursor.astring().toString('latin1');
  }
  return { name: 'AUTHENTICATE', mechanism, initialResponse };
}
