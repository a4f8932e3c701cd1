import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import { uidRanges } from '../selected-mailbox.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.4.3; UID EXPUNGE: RFC 4315 §2.1. */
export async function expunge(session: ImapSession, command: CommandNamed<'EXPUNGE'>): Promise<Outcome> {
  const selected = session.selected!;
  if (selected.readOnly) throw new Refused(REFUSALS.readOnly);
  const { view, mailboxId } = selected;
  let uids: string | undefined;
  if (command.uids !== null) {
    uids = formatSequenceSet(view.positions(command.uids, true)!.map((at) => view.uids[at]!));
    if (uids === '') return ok('EXPUNGE completed');
  }
  const { expunged, modSeq } = await session.ask('expunge', {
    mailboxId,
    ...(uids === undefined ? {} : { uids }),
  });
  view.markExpunged(uidRanges(expunged));
  selected.tellExpunged(session.engine.out);
  if (expunged === '') return ok('EXPUNGE completed');
  selected.advance(modSeq);
  return { ...ok('EXPUNGE completed'), expunged: true };
}
