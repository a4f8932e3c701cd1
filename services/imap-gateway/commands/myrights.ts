import { tellRights } from '../../../shared/mailbox/rights.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 4314 §3.5 */
export async function myRights(session: ImapSession, command: CommandNamed<'MYRIGHTS'>): Promise<Outcome> {
  const { rights } = await session.ask('myRights', { name: command.mailbox });
  session.engine.out.line(formatMyRights(session, command.mailbox, rights));
  return ok('MYRIGHTS completed');
}

/** Also for LIST (RFC 8440). */
export function formatMyRights(session: ImapSession, mailbox: string, rights: string): string {
  return `* MYRIGHTS ${formatMailbox(session, mailbox)} ${tellRights(rights) || '""'}`;
}
