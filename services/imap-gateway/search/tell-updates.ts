import type { ResponseWriter } from '../../../shared/protocol/imap/response-writer.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import { EXPUNGED, type MessageView } from '../message-view.ts';
import type { SearchContext } from './following.ts';

/** REMOVEFROM of messages that are about to be told as expunged (RFC 5267 §4.3.4). */
export function tellRemoved(context: SearchContext, view: MessageView, out: ResponseWriter): void {
  const gone: number[] = [];
  for (let at = 0; at < view.count; at += 1)
    if (view.flags[at]! & EXPUNGED && context.results.has(view.uids[at]!)) gone.push(view.uids[at]!);
  tellUpdates(context, view, { removed: gone, results: undefined }, out);
}

export interface Update {
  /** Uids, ascending. */
  readonly removed: readonly number[];
  /** All of them afterwards, in their order; undefined: none has come. */
  readonly results: readonly number[] | undefined;
}

/** Takes an update into the context, and tells it. */
export function tellUpdates(
  context: SearchContext,
  view: MessageView,
  { removed, results }: Update,
  out: ResponseWriter,
): void {
  const sorted = context.criteria !== null;
  const numbers = (uids: readonly number[]): string =>
    formatSequenceSet(context.uid ? uids : uids.map((uid) => view.indexOf(uid) + 1));
  let text = '';
  if (removed.length > 0) {
    const pairs = sorted ? placesOf(context.results, removed).reverse() : [{ place: 0, uids: removed }];
    text += ` REMOVEFROM (${pairs.map(({ place, uids }) => `${place} ${numbers(uids)}`).join(' ')})`;
    for (const uid of removed) context.results.delete(uid);
  }
  const added = (results ?? []).filter((uid) => !context.results.has(uid));
  if (added.length > 0) {
    const pairs = sorted ? placesOf(results!, added) : [{ place: 0, uids: added }];
    text += ` ADDTO (${pairs.map(({ place, uids }) => `${place} ${numbers(uids)}`).join(' ')})`;
    context.results = new Set(results);
  }
  if (text !== '') out.line(`* ESEARCH (${context.correlator})${context.uid ? ' UID' : ''}${text}`);
}

/** Runs of neighbours among `all`, with the place of the first of each, from 1 on; ascending. */
function placesOf(
  all: Iterable<number>,
  some: readonly number[],
): { readonly place: number; readonly uids: number[] }[] {
  const wanted = new Set(some);
  const runs: { readonly place: number; readonly uids: number[] }[] = [];
  let place = 0;
  for (const uid of all) {
    place += 1;
    if (!wanted.has(uid)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.place + last.uids.length === place) last.uids.push(uid);
    else runs.push({ place, uids: [uid] });
  }
  return runs;
}
