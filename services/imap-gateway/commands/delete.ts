import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { leave } from './unselect.ts';

/** RFC 3501 §6.3.4. A session that deletes the mailbox it has selected has none selected afterwards. */
export async function deleteMailbox(session: ImapSession, command: CommandNamed<'DELETE'>): Promise<Outcome> {
  await session.ask('delete', { name: command.mailbox });
  if (session.selected?.name === command.mailbox) {
    leave(session);
    session.engine.out.line('* OK [CLOSED] The selected mailbox was deleted');
  }
  return ok('DELETE completed');
}
