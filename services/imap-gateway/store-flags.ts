import type { FlagSet, MessageColumns } from '../../shared/mailbox/types.ts';
import { formatSequenceSet, rangesContain, rangesOf } from '../../shared/protocol/imap/sequence-set.ts';
import { STORE_PAGE } from './limits.ts';
import { type MessageView, SYSTEM } from './message-view.ts';
import { uidRanges } from './selected-mailbox.ts';
import type { ImapSession } from './session.ts';

export interface FlagChange {
  readonly mode: 'add' | 'remove' | 'replace';
  readonly flags: FlagSet;
  readonly unchangedSince?: number;
}

/** Positions in the view. */
export interface StoredFlags {
  /** Whose flags, or MODSEQ if the client knows of them, have changed there. */
  readonly changed: ReadonlySet<number>;
  /** Whose flags are not what the change would have made of those in the view: others changed them too. */
  readonly unexpected: ReadonlySet<number>;
  /** Left alone, as they were changed since; ascending. */
  readonly modified: readonly number[];
}

/** Changes the flags of these messages, in as many requests as the actor's limit asks for, and takes the outcome into the view. */
export async function storeFlags(
  session: ImapSession,
  positions: readonly number[],
  { mode, flags, unchangedSince }: FlagChange,
): Promise<StoredFlags> {
  const selected = session.selected!;
  const { view } = selected;
  const changed = new Set<number>();
  const unexpected = new Set<number>();
  const modified: number[] = [];
  for (let at = 0; at < positions.length; at += STORE_PAGE) {
    const page = positions.slice(at, at + STORE_PAGE).sort((one, other) => one - other);
    const expected = page.map((position) =>
      expectedFlags(mode, flags, view.flags[position]! & SYSTEM, view.keywords.get(view.uids[position]!)),
    );
    const uids = formatSequenceSet(page.map((position) => view.uids[position]!));
    const { mailboxId } = selected;
    const condition = unchangedSince === undefined ? {} : { unchangedSince };
    const reply = await session.ask('store', { mailboxId, uids, mode, flags, ...condition });
    for (const position of selected.mergeFlags(reply.columns, session.engine.out)) changed.add(position);
    page.forEach((position, index) => {
      const now = flagKey(view.flags[position]! & SYSTEM, view.keywords.get(view.uids[position]!));
      if (now !== expected[index]) unexpected.add(position);
    });
    for (const [first, last] of uidRanges(reply.modified))
      for (let uid = first; uid <= last; uid += 1) modified.push(view.indexOf(uid));
    markGone(view, page, reply.columns, reply.modified);
    if (reply.changed) selected.advance(reply.modSeq);
  }
  // What they were changed to is told with this command's answer.
  if (modified.length > 0) selected.hint(0);
  return { changed, unexpected, modified: modified.filter((position) => position >= 0) };
}

/** What the actor says nothing of is no longer there; it has not been told yet. */
function markGone(
  view: MessageView,
  page: readonly number[],
  { uids }: MessageColumns,
  modified: string,
): void {
  const there = new Set(uids);
  const left = uidRanges(modified);
  const gone = page
    .map((position) => view.uids[position]!)
    .filter((uid) => !there.has(uid) && !rangesContain(left, uid));
  view.markExpunged(rangesOf(gone));
}

function expectedFlags(
  mode: FlagChange['mode'],
  flags: FlagSet,
  system: number,
  keywords: readonly string[] = [],
): string {
  const given = new Set(flags.keywords.map((keyword) => keyword.toLowerCase()));
  switch (mode) {
    case 'replace':
      return flagKey(flags.system, flags.keywords);
    case 'add':
      return flagKey(
        system | flags.system,
        given.size === 0 ? keywords : [...new Set([...keywords.map((word) => word.toLowerCase()), ...given])],
      );
    case 'remove':
      return flagKey(
        system & ~flags.system,
        given.size === 0 ? keywords : keywords.filter((word) => !given.has(word.toLowerCase())),
      );
  }
}

function flagKey(system: number, keywords: readonly string[] = []): string {
  if (keywords.length === 0) return String(system);
  return `${system} ${keywords
    .map((keyword) => keyword.toLowerCase())
    .sort()
    .join(' ')}`;
}
