import { formatSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { SNAPSHOT_PAGE } from './limits.ts';
import { EXPUNGED } from './message-view.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';
import type { ImapSession } from './session.ts';

/**
 * For a session that fell behind further than the actor's journal reaches: compares its view with the whole mailbox
 * and tells the difference. What is new this way is \Recent to nobody.
 */
export async function resynchronize(
  session: ImapSession,
  selected: SelectedMailbox,
  expunges: boolean,
): Promise<void> {
  let afterUid = 0;
  let modSeq: number | undefined;
  for (;;) {
    const page = await session.ask('snapshot', {
      mailboxId: selected.mailboxId,
      afterUid,
      limit: SNAPSHOT_PAGE,
    });
    // The first page's: what changes while later ones are read comes again with the next `changes`.
    modSeq ??= page.modSeq;
    const last = page.columns.uids.at(-1);
    const ends = !page.more || last === undefined;
    const expunged = missingUids(
      selected,
      page.columns.uids,
      afterUid,
      ends ? Number.POSITIVE_INFINITY : last,
    );
    const recentFrom = Number.POSITIVE_INFINITY;
    const { columns, uidNext } = page;
    const highestModSeq = ends ? page.highestModSeq : 0;
    const changes = { columns, expunged, modSeq, highestModSeq, recentFrom, uidNext };
    selected.apply(changes, session.engine.out, expunges);
    await session.flushWhenFull();
    if (ends) return;
    afterUid = last;
  }
}

/** Uids of the view above `after`, up to `last`, that are not among `present`; a sequence set. */
function missingUids(
  { view }: SelectedMailbox,
  present: readonly number[],
  after: number,
  last: number,
): string {
  const missing: number[] = [];
  let next = 0;
  for (let at = view.lowerBound(after + 1); at < view.count && view.uids[at]! <= last; at += 1) {
    const uid = view.uids[at]!;
    while (next < present.length && present[next]! < uid) next += 1;
    if (present[next] !== uid && !(view.flags[at]! & EXPUNGED)) missing.push(uid);
  }
  return formatSequenceSet(missing);
}
