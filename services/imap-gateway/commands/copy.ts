import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { copyUid, type Transferred, transfer } from '../transfer.ts';

/** RFC 3501 §6.4.7; COPYUID: RFC 4315 §3. */
export async function copy(session: ImapSession, command: CommandNamed<'COPY'>): Promise<Outcome> {
  const { transferred, failure } = await transfer(session, command);
  if (failure !== undefined) {
    if (transferred !== undefined) await takeBack(session, transferred);
    throw failure;
  }
  return ok('COPY completed', transferred && copyUid(transferred));
}

/** A COPY that fails leaves the target as it was (RFC 3501 §6.4.7). */
async function takeBack(session: ImapSession, { mailboxId, targetUids }: Transferred): Promise<void> {
  try {
    await session.ask('expunge', { mailboxId, uids: formatSequenceSet(targetUids), always: true });
  } catch (error) {
    session.gateway.ports.log.warn({ err: error, account: session.accountId }, 'a COPY was not undone');
  }
}
