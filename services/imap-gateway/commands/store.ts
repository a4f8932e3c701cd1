import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { readFlags } from '../flags.ts';
import { limited, withinLimit } from '../message-limit.ts';
import { EXPUNGED } from '../message-view.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';
import { type FlagChange, storeFlags } from '../store-flags.ts';

/**
 * RFC 3501 §6.4.6. Each message's flags are told as they are afterwards, whether this changed them or not; .SILENT tells
 * those alone that have others than the client can expect. UNCHANGEDSINCE: RFC 7162 §3.1.3.
 */
export async function store(session: ImapSession, command: CommandNamed<'STORE'>): Promise<Outcome> {
  const selected = session.selected!;
  const { mode, unchangedSince } = command;
  if (unchangedSince !== undefined) session.enableCondstore();
  if (selected.readOnly) throw new Refused(REFUSALS.readOnly);
  const change: FlagChange = { mode, flags: readFlags(command.flags), unchangedSince };
  const { view } = selected;
  const named = view.positions(command.set, command.uid);
  if (named === undefined) throw new Refused(REFUSALS.sequence);
  const there = named.filter((at) => !(view.flags[at]! & EXPUNGED));
  const { positions, code } = withinLimit(session, there);
  const stored = await storeFlags(session, positions, change);
  const { out } = session.engine;
  const withUid = command.uid || session.enabled.has('QRESYNC');
  const modified = new Set(stored.modified);
  for (const position of positions) {
    if (modified.has(position) || view.flags[position]! & EXPUNGED) continue;
    if (!command.silent || stored.unexpected.has(position)) {
      if (withUid) selected.tellMessageFlags(position, out);
      else
        out.line(
          `${selected.fetchStart(position)}FLAGS (${selected.flagsAt(position)})${selected.modSeqItem(position)})`,
        );
    } else if (stored.changed.has(position)) selected.tellModSeq(position, out);
    await session.flushWhenFull();
  }
  if (stored.modified.length > 0) {
    const numbers = stored.modified.map((at) => (command.uid ? view.uids[at]! : at + 1));
    const outcome = ok('Some were changed meanwhile', `MODIFIED ${formatSequenceSet(numbers)}`);
    return limited(session, outcome, code);
  }
  const gone = !command.uid && named.some((at) => view.flags[at]! & EXPUNGED);
  return limited(session, gone ? REFUSALS.expunged : ok('STORE completed'), code);
}
