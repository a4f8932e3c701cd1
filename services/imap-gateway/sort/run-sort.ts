import type { SortCriterion } from '../../../shared/protocol/imap/commands/sort.ts';
import type { SearchScope } from '../search/run-search.ts';
import { COLUMN_OF, sortColumns } from './sort-columns.ts';

/** The positions in the order of the criteria, then of their sequence numbers (RFC 5256 §3). All of them. `scores`: for RELEVANCY. */
export async function runSort(
  scope: SearchScope,
  positions: readonly number[],
  criteria: readonly SortCriterion[],
  scores?: ReadonlyMap<number, number>,
): Promise<number[]> {
  // A key that stands there twice decides the first time.
  const keys = criteria.filter(({ key }, at) => criteria.findIndex((one) => one.key === key) === at);
  const columns = await sortColumns(
    scope,
    positions,
    keys.flatMap(({ key }) => (key === 'RELEVANCY' ? [] : [COLUMN_OF[key]])),
  );
  const ranks = columns.map((column) => column.ranks);
  // What is most relevant comes first.
  const relevancy = keys.findIndex(({ key }) => key === 'RELEVANCY');
  if (relevancy >= 0)
    ranks.splice(
      relevancy,
      0,
      Float64Array.from(positions, (position) => -(scores?.get(position) ?? 0)),
    );
  const signs = keys.map(({ reverse }) => (reverse ? -1 : 1));
  const order = Uint32Array.from(positions, (_, index) => index);
  const [rank, ...others] = ranks;
  const sign = signs[0]!;
  order.sort((a, b) => {
    const difference = rank![a]! - rank![b]!;
    if (difference !== 0) return difference * sign;
    for (let at = 0; at < others.length; at += 1) {
      const next = others[at]![a]! - others[at]![b]!;
      if (next !== 0) return next * signs[at + 1]!;
    }
    return a - b;
  });
  return Array.from(order, (index) => positions[index]!);
}
