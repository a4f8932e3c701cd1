import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 8437: as if nobody had logged in; TLS and COMPRESS stay. */
export async function unauthenticate(session: ImapSession): Promise<Outcome> {
  await session.logOut();
  return ok('Logged out, log in anew');
}
