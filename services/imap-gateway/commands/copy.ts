import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { transfer } from '../transfer.ts';

/** RFC 3501 §6.4.7; COPYUID: RFC 4315 §3. */
export async function copy(session: ImapSession, command: CommandNamed<'COPY'>): Promise<Outcome> {
  const transferred = await transfer(session, command, false);
  return ok('COPY completed', transferred?.code);
}
