import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 6855 §3: a SEARCH with CHARSET is BAD once UTF8=ACCEPT is enabled. Throws `Refused`. */
export function demandNoCharset(session: ImapSession, charset: string | null): void {
  if (charset !== null && session.enabled.has('UTF8=ACCEPT')) throw new Refused(REFUSALS.charsetGiven);
}
