import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import { uidRanges } from '../selected-mailbox.ts';
import type { ImapSession } from '../session.ts';
import { transfer } from '../transfer.ts';

/** RFC 6851. The code comes in an untagged OK, before the messages go (§4.3). */
export async function move(session: ImapSession, command: CommandNamed<'MOVE'>): Promise<Outcome> {
  const selected = session.selected!;
  if (selected.readOnly) throw new Refused(REFUSALS.readOnly);
  const transferred = await transfer(session, command, true);
  if (transferred !== undefined) {
    const { out } = session.engine;
    out.line(`* OK [${transferred.code}] Moved`);
    selected.view.markExpunged(uidRanges(formatSequenceSet(transferred.sourceUids)));
    selected.tellExpunged(out);
  }
  return ok('MOVE completed');
}
