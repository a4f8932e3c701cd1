import { tellRights } from '../../../shared/mailbox/rights.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatIdentifier } from '../format-identifier.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 4314 §3.4. No right is tied to another; the identifier comes back as it was written. */
export async function listRights(
  session: ImapSession,
  command: CommandNamed<'LISTRIGHTS'>,
): Promise<Outcome> {
  const { mailbox: name, identifier } = command;
  const { required, optional } = await session.ask('listRights', { name, identifier });
  const told = [tellRights(required) || '""', ...tellRights(optional)].join(' ');
  session.engine.out.line(
    `* LISTRIGHTS ${formatMailbox(session, name)} ${formatIdentifier(identifier)} ${told}`,
  );
  return ok('LISTRIGHTS completed');
}
