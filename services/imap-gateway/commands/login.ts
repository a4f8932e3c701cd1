import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { checkLogIn, demandPasswordAllowed, enter } from '../log-in.ts';
import type { Outcome } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.2.3 */
export async function login(session: ImapSession, command: CommandNamed<'LOGIN'>): Promise<Outcome> {
  demandPasswordAllowed(session);
  const { user: authenticationId, password } = command;
  const checked = await checkLogIn(session, {
    kind: 'password',
    authenticationId,
    authorizationId: '',
    password,
  });
  return enter(session, checked.outcome === 'accepted' ? checked.account : undefined);
}
