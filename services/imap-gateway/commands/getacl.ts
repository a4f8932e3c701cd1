import { ALL_RIGHTS, tellRights } from '../../../shared/mailbox/rights.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatIdentifier } from '../format-identifier.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 4314 §3.3. The owner, who is in no list, comes first. */
export async function getAcl(session: ImapSession, command: CommandNamed<'GETACL'>): Promise<Outcome> {
  const { mailbox } = command;
  const { owner, entries } = await session.ask('getAcl', { name: mailbox });
  const pairs = [{ identifier: owner, rights: ALL_RIGHTS }, ...entries].map(
    ({ identifier, rights }) => `${formatIdentifier(identifier)} ${tellRights(rights)}`,
  );
  session.engine.out.line(`* ACL ${formatMailbox(session, mailbox)} ${pairs.join(' ')}`);
  return ok('GETACL completed');
}
