import type { SortKey } from '../../../shared/protocol/imap/commands/sort.ts';
import type { SortColumn } from '../../../shared/search/search-index.ts';
import { type SortValues, sortValues } from '../../../shared/search/sort-values.ts';
import { readFacts } from '../fetch/facts-at.ts';
import { batches, loadBatch, type Needs } from '../fetch/message-batch.ts';
import { FACTS_PAGE } from '../limits.ts';
import type { SearchScope } from '../search/run-search.ts';

/** The values of one sort key, or of what THREAD compares, one for each position that was asked for. */
export type Column = (string | number)[];

const STRUCTURE: Needs = { facts: true, structure: true, bytes: 'none' };

/**
 * Columns of these messages, from the store's rows; of those that the index has not got to, from the messages
 * themselves. Each position has a value, also that of a message that is gone meanwhile: what is sorted is never fewer.
 */
export async function sortColumns(
  scope: SearchScope,
  positions: readonly number[],
  names: readonly SortColumn[],
): Promise<Column[]> {
  const { view, gateway } = scope;
  const columns = names.map((name): Column => new Array(positions.length).fill(NUMBERS.has(name) ? 0 : ''));
  if (positions.length === 0 || names.length === 0) return columns;
  /** Index into `positions` + 1; 0: not asked for. */
  const indexes = new Uint32Array(view.count);
  for (const [index, position] of positions.entries()) indexes[position] = index + 1;
  const first = view.uids[positions[0]!]!;
  const last = view.uids[positions.at(-1)!]!;
  const missing = new Set(positions);
  await gateway.index.sortRows(scope, names, first, last, (uid, values) => {
    const position = view.indexOf(uid);
    const index = position < 0 ? 0 : indexes[position]!;
    if (index === 0) return;
    missing.delete(position);
    for (let at = 0; at < names.length; at += 1)
      columns[at]![index - 1] = NUMBERS.has(names[at]!) ? Number(values[at]) : values[at]!;
  });
  await readMissing(scope, [...missing], (position, read) => {
    for (const [at, name] of names.entries()) columns[at]![indexes[position]! - 1] = read(name);
  });
  return columns;
}

const NUMBERS: ReadonlySet<SortColumn> = new Set(['arrival', 'sent', 'size', 'reply']);

/** Which column a sort key compares. */
export const COLUMN_OF: Readonly<Record<Exclude<SortKey, 'RELEVANCY'>, SortColumn>> = {
  ARRIVAL: 'arrival',
  CC: 'cc',
  DATE: 'sent',
  DISPLAYFROM: 'displayFrom',
  DISPLAYTO: 'displayTo',
  FROM: 'from',
  SIZE: 'size',
  SUBJECT: 'subject',
  TO: 'to',
};

async function readMissing(
  scope: SearchScope,
  positions: readonly number[],
  take: (position: number, read: (name: SortColumn) => string | number) => void,
): Promise<void> {
  for (let at = 0; at < positions.length; at += FACTS_PAGE) {
    const page = positions.slice(at, at + FACTS_PAGE);
    const factsAt = await readFacts(scope, page);
    for (const group of batches(page, factsAt, STRUCTURE)) {
      for (const { position, facts, structure } of await loadBatch(
        scope.gateway,
        group,
        factsAt,
        STRUCTURE,
      )) {
        if (facts === undefined || structure === undefined) continue;
        const values = sortValues(structure);
        take(position, (name) => valueOfColumn(name, values, facts.internalDate, facts.size));
      }
    }
  }
}

function valueOfColumn(name: SortColumn, values: SortValues, arrival: number, size: number): string | number {
  switch (name) {
    case 'arrival':
      return arrival;
    case 'size':
      return size;
    case 'sent':
      return values.sentAt ?? arrival;
    case 'reply':
      return values.isReply ? 1 : 0;
    default:
      return values[name];
  }
}
