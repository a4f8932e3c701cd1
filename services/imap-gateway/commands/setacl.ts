import { readRights } from '../../../shared/mailbox/rights.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 4314 §3.1 */
export async function setAcl(session: ImapSession, command: CommandNamed<'SETACL'>): Promise<Outcome> {
  const { mailbox: name, identifier, mode } = command;
  const rights = readRights(command.rights);
  if (rights === undefined) throw new Refused(REFUSALS.rights);
  await session.ask('setAcl', { name, identifier, mode, rights });
  return ok('SETACL completed');
}
