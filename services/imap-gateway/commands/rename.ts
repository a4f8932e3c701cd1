import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.5: with all children; INBOX gives its messages away and stays. */
export async function rename(session: ImapSession, command: CommandNamed<'RENAME'>): Promise<Outcome> {
  const { from, to } = command;
  await session.ask('rename', { from, to: to.endsWith(HIERARCHY_DELIMITER) ? to.slice(0, -1) : to });
  return ok('RENAME completed');
}
