import { isRefusal } from '../../../shared/mailbox/operations.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { type Outcome, ok } from '../outcome.ts';
import { placeOf } from '../place.ts';
import { mailboxRefusal } from '../refusals.ts';
import type { ImapSession } from '../session.ts';
import { copyUid, type Transferred, transfer } from '../transfer.ts';

/** RFC 3501 §6.4.7; COPYUID: RFC 4315 §3. */
export async function copy(session: ImapSession, command: CommandNamed<'COPY'>): Promise<Outcome> {
  const { transferred, failure } = await transfer(session, command);
  if (failure !== undefined) {
    if (transferred !== undefined) await takeBack(session, command.mailbox, transferred);
    throw failure;
  }
  return ok('COPY completed', transferred && copyUid(transferred));
}

/** A COPY that fails leaves the target as it was (RFC 3501 §6.4.7). */
async function takeBack(
  session: ImapSession,
  to: string,
  { mailboxId, targetUids }: Transferred,
): Promise<void> {
  try {
    const { owner } = await placeOf(session, to);
    const request = { mailboxId, uids: formatSequenceSet(targetUids), always: true };
    const reply = await session.gateway.ports.mailboxes.ask('expunge', {
      ...session.asking(owner),
      ...request,
    });
    if (isRefusal(reply)) throw mailboxRefusal(reply);
  } catch (error) {
    session.gateway.ports.log.warn({ err: error, account: session.accountId }, 'a COPY was not undone');
  }
}
