import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.7 */
export async function unsubscribe(
  session: ImapSession,
  command: CommandNamed<'UNSUBSCRIBE'>,
): Promise<Outcome> {
  await session.ask('subscribe', { name: command.mailbox, subscribed: false });
  return ok('UNSUBSCRIBE completed');
}
