import type { SortCriterion } from '../../../shared/protocol/imap/commands/sort.ts';
import { tagCorrelator } from '../../../shared/protocol/imap/format-esearch.ts';
import type { ReturnOptions } from '../../../shared/protocol/imap/return-options.ts';
import type { SearchKey } from '../../../shared/protocol/imap/search-key.ts';
import { rangesOf, resolveSequenceSet, SAVED_RESULT } from '../../../shared/protocol/imap/sequence-set.ts';
import type { MessageView } from '../message-view.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';
import { Following, type SearchContext } from './following.ts';

export interface UpdatingSearch {
  readonly tag: string;
  readonly uid: boolean;
  readonly options: ReturnOptions | null;
  readonly key: SearchKey;
  readonly charset: string | null;
  readonly criteria: readonly SortCriterion[] | null;
  readonly correlator?: string;
}

/** Before the search: a tag stands for one updating search (RFC 5267 §4.3). Throws `Refused`. */
export function demandNewTag(session: ImapSession, tag: string, options: ReturnOptions | null): void {
  if (options?.wanted.has('UPDATE') && session.selected?.following?.contexts.has(tag))
    throw new Refused(REFUSALS.tagReuse);
}

/** UPDATE: from now on the results are kept up to date, if there is room for that. `positions`: the results, in their order. */
export function openContext(
  session: ImapSession,
  search: UpdatingSearch,
  positions: readonly number[],
): void {
  const { tag, uid, options, key, charset, criteria, correlator } = search;
  if (!options?.wanted.has('UPDATE')) return;
  const selected = session.selected!;
  const { view } = selected;
  selected.following ??= new Following();
  const context: SearchContext = {
    correlator: correlator ?? tagCorrelator(tag),
    uid,
    key: withUids(key, view),
    charset,
    criteria,
    fetch: options.fetch ?? [],
    results: new Set(positions.map((at) => view.uids[at]!)),
  };
  if (selected.following.hasRoomFor(context)) selected.following.contexts.set(tag, context);
  else session.engine.out.line(`* NO [NOUPDATE "${tag}"] Too many results to keep up to date`);
  session.follow();
}

/** Sequence numbers, and `$`, mean what they do now (RFC 5267 §4.3). */
function withUids(key: SearchKey, view: MessageView): SearchKey {
  switch (key.key) {
    case 'and':
    case 'or':
      return { ...key, keys: key.keys.map((one) => withUids(one, view)) } as SearchKey;
    case 'not':
    case 'fuzzy':
      return { ...key, of: withUids(key.of, view) };
    case 'sequence': {
      if (key.set === SAVED_RESULT) return { key: 'uid', set: view.saved };
      const ranges = resolveSequenceSet(key.set, view.count);
      return { key: 'uid', set: rangesOf(ranges.flatMap((range) => uidsBetween(view, range))) };
    }
    default:
      return key;
  }
}

function uidsBetween(view: MessageView, [first, last]: readonly [number, number]): number[] {
  return Array.from(view.uids.subarray(first - 1, Math.min(last, view.count)));
}
