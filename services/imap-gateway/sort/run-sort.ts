import type { SortCriterion } from '../../../shared/protocol/imap/commands/sort.ts';
import type { SearchScope } from '../search/run-search.ts';
import { COLUMN_OF, type Column, sortColumns } from './sort-columns.ts';

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
  // What is most relevant comes first.
  const relevancy = keys.findIndex(({ key }) => key === 'RELEVANCY');
  if (relevancy >= 0)
    columns.splice(
      relevancy,
      0,
      positions.map((position) => -(scores?.get(position) ?? 0)),
    );
  const ranks = columns.map(ranksOf);
  const signs = keys.map(({ reverse }) => (reverse ? -1 : 1));
  const order = Uint32Array.from(positions, (_, index) => index);
  order.sort((a, b) => {
    for (let at = 0; at < ranks.length; at += 1) {
      const rank = ranks[at]!;
      const difference = rank[a]! - rank[b]!;
      if (difference !== 0) return difference * signs[at]!;
    }
    return a - b;
  });
  return Array.from(order, (index) => positions[index]!);
}

/** Strings are compared once each: equal ones have one rank. By code unit, as they are folded already. */
function ranksOf(column: Column): Float64Array {
  if (typeof column[0] !== 'string') return Float64Array.from(column as number[]);
  const distinct = [...new Set(column as string[])].sort();
  const ranks = new Map(distinct.map((value, rank) => [value, rank]));
  return Float64Array.from(column as string[], (value) => ranks.get(value)!);
}
