import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { demandPasswordAllowed, logIn } from '../log-in.ts';
import type { Outcome } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.2.3 */
export function login(session: ImapSession, command: CommandNamed<'LOGIN'>): Promise<Outcome> {
  demandPasswordAllowed(session);
  return logIn(session, command.user, command.password);
}
