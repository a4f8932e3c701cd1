import { isRefusal } from '../../shared/mailbox/operations.ts';
import type { QresyncParameter } from '../../shared/protocol/imap/commands/select.ts';
import { intersectRanges, type Ranges } from '../../shared/protocol/imap/sequence-set.ts';
import type { MessageView } from './message-view.ts';
import { mailboxRefusal } from './refusals.ts';
import { type SelectedMailbox, uidRanges } from './selected-mailbox.ts';
import type { ImapSession } from './session.ts';
import { tellVanished } from './vanished.ts';

/** SELECT (QRESYNC (…)): what is gone and what has changed since the client was here (RFC 7162 §3.2.5). */
export async function tellSinceThen(
  session: ImapSession,
  selected: SelectedMailbox,
  { modSeq, knownUids, matches }: QresyncParameter,
): Promise<void> {
  const { view } = selected;
  const known = knownUids ?? selected.everyUid;
  await tellVanishedEarlier(session, selected, modSeq, known, matches);
  const { out } = session.engine;
  for (const [first, last] of known) {
    for (let at = view.lowerBound(first); at < view.count && view.uids[at]! <= last; at += 1) {
      if (view.modSeqs[at]! <= modSeq) continue;
      selected.tellMessageFlags(at, out);
      await session.flushWhenFull();
    }
  }
}

/**
 * VANISHED (EARLIER): which of the known uids were expunged after `modSeq`. Where the journal no longer tells, all that
 * are not there (RFC 7162 §3.2.5.2), short of the part in which the client's numbers are still right.
 */
export async function tellVanishedEarlier(
  session: ImapSession,
  selected: SelectedMailbox,
  modSeq: number,
  known: Ranges,
  matches: QresyncParameter['matches'] = null,
): Promise<void> {
  const { view, mailboxId } = selected;
  const { mailboxes } = session.gateway.ports;
  const reply = await mailboxes.ask('vanished', {
    ...session.asking(),
    mailboxId,
    sinceModSeq: modSeq,
  });
  if (isRefusal(reply) && reply.refused !== 'too-old') throw mailboxRefusal(reply);
  const gone = isRefusal(reply)
    ? intersectRanges(known, [[1 + lastMatch(view, matches), Number.MAX_SAFE_INTEGER]])
    : intersectRanges(known, uidRanges(reply.expunged));
  tellVanished(session.engine.out, absent(view, gone), '(EARLIER) ');
}

/** Those of the uids that are not in the view; one that is gone and not told yet is in it still. */
function absent(view: MessageView, uids: Ranges): Ranges {
  const ranges: [number, number][] = [];
  for (const [first, last] of uids) {
    let from = first;
    for (let at = view.lowerBound(first); at < view.count && view.uids[at]! <= last; at += 1) {
      const uid = view.uids[at]!;
      if (uid > from) ranges.push([from, uid - 1]);
      from = uid + 1;
    }
    if (from <= last) ranges.push([from, last]);
  }
  return ranges;
}

/**
 * The highest uid that has the sequence number the client remembers (RFC 7162 §3.2.5.2), or 0: up to it nothing was
 * expunged, as each expunge lowers the numbers of all that follow.
 */
function lastMatch(view: MessageView, matches: QresyncParameter['matches']): number {
  let best = 0;
  if (matches === null) return best;
  const { sequences, uids } = matches;
  let [s, u] = [0, 0];
  let [sequence, uid] = [sequences[0]?.[0] ?? 0, uids[0]?.[0] ?? 0];
  while (s < sequences.length && u < uids.length) {
    const length = Math.min(sequences[s]![1] - sequence, uids[u]![1] - uid) + 1;
    let low = 0;
    let high = Math.min(length, Math.max(0, view.count - sequence + 1));
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (view.uids[sequence + middle - 1] === uid + middle) low = middle + 1;
      else high = middle;
    }
    if (low > 0) best = uid + low - 1;
    if (low < length) return best;
    sequence += length;
    uid += length;
    if (sequence > sequences[s]![1]) sequence = sequences[++s]?.[0] ?? 0;
    if (uid > uids[u]![1]) uid = uids[++u]?.[0] ?? 0;
  }
  return best;
}
