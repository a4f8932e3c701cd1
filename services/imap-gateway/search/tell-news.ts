import type { FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';
import { fetchItems } from '../commands/fetch.ts';
import { EXPUNGED } from '../message-view.ts';
import type { SelectedMailbox } from '../selected-mailbox.ts';
import type { ImapSession } from '../session.ts';
import { runSort } from '../sort/run-sort.ts';
import { compile } from './criterion.ts';
import type { Following, SearchContext } from './following.ts';
import { relevancy } from './relevancy.ts';
import { runSearch, selectedScope } from './run-search.ts';
import { tellUpdates, type Update } from './tell-updates.ts';

/**
 * EXISTS and FLAGS were told: what was asked for of new messages follows, one FETCH each, then what changes in the results of searches
 * (RFC 5465 §7).
 */
export async function tellNews(
  session: ImapSession,
  selected: SelectedMailbox,
  following: Following,
): Promise<void> {
  const { view } = selected;
  const { added, changed, own } = following.take();
  const positions = [...new Set([...changed, ...added])]
    .map((uid) => view.indexOf(uid))
    .filter((at) => at >= 0 && !(view.flags[at]! & EXPUNGED))
    .sort((one, other) => one - other);
  const updates = new Map<SearchContext, Update>();
  for (const context of following.contexts.values())
    updates.set(context, await updateOf(session, context, positions));
  const news = added.filter((uid) => !own.has(uid));
  await fetchNews(session, selected, news, updates);
  for (const [context, update] of updates) tellUpdates(context, view, update, session.engine.out);
}

/** @param positions of what changed or came. */
async function updateOf(
  session: ImapSession,
  context: SearchContext,
  positions: readonly number[],
): Promise<Update> {
  const scope = selectedScope(session);
  const { view } = scope;
  const { key, charset, criteria } = context;
  const matching = await runSearch(scope, compile(key, charset, view), positions);
  const matches = new Set(matching.map((at) => view.uids[at]!));
  const looked = positions.map((at) => view.uids[at]!);
  const removed = looked.filter((uid) => context.results.has(uid) && !matches.has(uid));
  const added = [...matches].filter((uid) => !context.results.has(uid));
  if (added.length === 0) return { removed, results: undefined };
  const without = new Set(removed);
  const kept = [...context.results].filter((uid) => !without.has(uid));
  if (criteria === null) return { removed, results: [...kept, ...added].sort((one, other) => one - other) };
  const all = [...kept, ...added].map((uid) => view.indexOf(uid)).sort((one, other) => one - other);
  const scores = criteria.some((one) => one.key === 'RELEVANCY')
    ? await relevancy(scope, key, charset, all)
    : undefined;
  const sorted = await runSort(scope, all, criteria, scores);
  return { removed, results: sorted.map((at) => view.uids[at]!) };
}

/** A message is fetched once, whoever asked for what of it. */
async function fetchNews(
  session: ImapSession,
  { view }: SelectedMailbox,
  uids: readonly number[],
  updates: ReadonlyMap<SearchContext, Update>,
): Promise<void> {
  const groups = new Map<string, { readonly items: readonly FetchItem[]; readonly positions: number[] }>();
  for (const uid of uids) {
    const position = view.indexOf(uid);
    if (position < 0 || view.flags[position]! & EXPUNGED) continue;
    const items = new Map(session.rule.fetch.map((item) => [JSON.stringify(item), item]));
    for (const [context, { results }] of updates)
      if (results?.includes(uid)) for (const item of context.fetch) items.set(JSON.stringify(item), item);
    if (items.size === 0) continue;
    const key = [...items.keys()].join();
    const group = groups.get(key) ?? { items: [...items.values()], positions: [] };
    group.positions.push(position);
    groups.set(key, group);
  }
  for (const { items, positions } of groups.values()) await fetchItems(session, positions, items);
}
