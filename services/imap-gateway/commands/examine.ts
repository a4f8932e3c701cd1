import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { openMailbox } from '../open-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.2 */
export async function examine(session: ImapSession, command: CommandNamed<'EXAMINE'>): Promise<Outcome> {
  await openMailbox(session, command);
  return ok('EXAMINE completed', 'READ-ONLY');
}
