import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { openMailbox } from '../open-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.1 */
export async function select(session: ImapSession, command: CommandNamed<'SELECT'>): Promise<Outcome> {
  await openMailbox(session, command);
  return ok('SELECT completed', session.selected!.readOnly ? 'READ-ONLY' : 'READ-WRITE');
}
