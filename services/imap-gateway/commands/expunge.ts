import { Flag } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { limited, withinLimit } from '../message-limit.ts';
import { EXPUNGED } from '../message-view.ts';
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
  let code: string | undefined;
  if (command.uids !== null) {
    const named = view.positions(command.uids, true)!;
    const deleted = named.filter((at) => view.flags[at]! & Flag.Deleted && !(view.flags[at]! & EXPUNGED));
    const limit = withinLimit(session, deleted);
    code = limit.code;
    const asked = code === undefined ? named : [...limit.positions].reverse();
    uids = formatSequenceSet(asked.map((at) => view.uids[at]!));
    if (uids === '') return ok('EXPUNGE completed');
  }
  const { expunged, modSeq } = await session.ask('expunge', {
    mailboxId,
    ...(uids === undefined ? {} : { uids }),
  });
  view.markExpunged(uidRanges(expunged));
  selected.tellExpunged(session.engine.out);
  if (expunged === '') return limited(session, ok('EXPUNGE completed'), code);
  selected.advance(modSeq);
  return limited(session, { ...ok('EXPUNGE completed'), expunged: true }, code);
}
