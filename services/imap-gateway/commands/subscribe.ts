import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.6 */
export async function subscribe(session: ImapSession, command: CommandNamed<'SUBSCRIBE'>): Promise<Outcome> {
  await session.ask('subscribe', { name: command.mailbox, subscribed: true });
  return ok('SUBSCRIBE completed');
}
