import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { limited } from '../message-limit.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import { uidRanges } from '../selected-mailbox.ts';
import type { ImapSession } from '../session.ts';
import { copyUid, transfer } from '../transfer.ts';

/** RFC 6851. The code comes in an untagged OK, before the messages go (§4.3); one that fails may have moved some (§3.3). */
export async function move(session: ImapSession, command: CommandNamed<'MOVE'>): Promise<Outcome> {
  const selected = session.selected!;
  if (selected.readOnly) throw new Refused(REFUSALS.readOnly);
  const { transferred, failure, code } = await transfer(session, command);
  if (transferred !== undefined) {
    const { out } = session.engine;
    out.line(`* OK [${copyUid(transferred)}] Moved`);
    selected.view.markExpunged(uidRanges(formatSequenceSet(transferred.sourceUids)));
    selected.tellExpunged(out);
    const { modSeq, mailboxId } = transferred;
    if (modSeq !== undefined && mailboxId !== selected.mailboxId) selected.advance(modSeq);
  }
  if (failure !== undefined) throw failure;
  return limited(session, { ...ok('MOVE completed'), ...(transferred && { expunged: true }) }, code);
}
