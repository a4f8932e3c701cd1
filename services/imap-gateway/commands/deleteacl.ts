import { ALL_RIGHTS } from '../../../shared/mailbox/rights.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 4314 §3.2 */
export async function deleteAcl(session: ImapSession, command: CommandNamed<'DELETEACL'>): Promise<Outcome> {
  const { mailbox: name, identifier } = command;
  await session.ask('setAcl', { name, identifier, mode: 'remove', rights: ALL_RIGHTS });
  return ok('DELETEACL completed');
}
