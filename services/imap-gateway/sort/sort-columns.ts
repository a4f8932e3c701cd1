import type { SortKey } from '../../../shared/protocol/imap/commands/sort.ts';
import type { SortColumn } from '../../../shared/search/search-index.ts';
import { type SortValues, sortValues } from '../../../shared/search/sort-values.ts';
import { readFacts } from '../fetch/facts-at.ts';
import { batches, loadBatch, type Needs } from '../fetch/message-batch.ts';
import { FACTS_PAGE } from '../limits.ts';
import type { SearchScope } from '../search/run-search.ts';
import { KeptColumn } from './sort-cache.ts';

/** The values of one sort key, or of what THREAD compares, one for each position that was asked for, and their ranks. */
export interface Column {
  readonly values: (string | number)[];
  readonly ranks: Float64Array;
}

type Value = string | number;

const STRUCTURE: Needs = { facts: true, structure: true, bytes: 'none' };

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

/**
 * Columns of these messages, as they are kept, from the store's rows for those that have come since, and from the messages
 * themselves where the index has not got to. Each position has a value, also that of a message that is gone meanwhile: what is
 * sorted is never fewer.
 */
export async function sortColumns(
  scope: SearchScope,
  positions: readonly number[],
  names: readonly SortColumn[],
): Promise<Column[]> {
  if (positions.length === 0 || names.length === 0)
    return names.map(() => ({ values: [], ranks: new Float64Array(0) }));
  const { gateway, account, mailboxId, view } = scope;
  const distinct = [...new Set(names)];
  const kept = new Map(
    distinct.map((name) => [name, gateway.sorts.get(account, mailboxId, name) ?? new KeptColumn()]),
  );
  await readRows(scope, kept);
  const uids = positions.map((position) => view.uids[position]!);
  await readMissing(scope, positions, uids, kept);
  for (const [name, column] of kept) gateway.sorts.keep(account, mailboxId, name, column);
  return names.map((name) => pick(kept.get(name)!, uids, NUMBERS.has(name) ? 0 : ''));
}

/** What the index has of the messages that have come since the columns were read. */
async function readRows(
  { gateway, account, mailboxId, view }: SearchScope,
  kept: ReadonlyMap<SortColumn, KeptColumn>,
) {
  const last = view.lastUid;
  const stale = [...kept].filter(([, { upTo }]) => upTo < last);
  // Those that were read together are read on together.
  for (const [upTo, group] of Map.groupBy(stale, ([, column]) => column.upTo)) {
    const names = group.map(([name]) => name);
    const found = names.map(() => new Map<number, Value>());
    await gateway.index.sortRows({ account, mailboxId }, names, upTo + 1, last, (uid, values) => {
      for (let at = 0; at < names.length; at += 1)
        found[at]!.set(uid, NUMBERS.has(names[at]!) ? Number(values[at]) : values[at]!);
    });
    for (const [at, [, column]] of group.entries()) column.add(found[at]!, last);
  }
}

async function readMissing(
  scope: SearchScope,
  positions: readonly number[],
  uids: readonly number[],
  kept: ReadonlyMap<SortColumn, KeptColumn>,
): Promise<void> {
  const missing = new Set<number>();
  for (const column of kept.values())
    eachIndex(column.uids, uids, (index, at) => {
      if (index < 0) missing.add(positions[at]!);
    });
  if (missing.size === 0) return;
  const found = new Map([...kept.keys()].map((name) => [name, new Map<number, Value>()]));
  await readMessages(scope, [...missing], (position, read) => {
    const uid = scope.view.uids[position]!;
    for (const [name, values] of found) values.set(uid, read(name));
  });
  for (const [name, values] of found) {
    const column = kept.get(name)!;
    eachIndex(
      column.uids,
      [...values.keys()].sort((one, other) => one - other),
      (index) => {
        if (index >= 0) values.delete(column.uids[index]!);
      },
    );
    column.add(values, column.upTo);
  }
}

/** Of each of the ascending uids: where it stands in the column; below 0: nowhere. */
function eachIndex(
  column: Readonly<Uint32Array>,
  uids: readonly number[],
  take: (index: number, at: number) => void,
): void {
  let index = 0;
  for (let at = 0; at < uids.length; at += 1) {
    const uid = uids[at]!;
    while (index < column.length && column[index]! < uid) index += 1;
    take(column[index] === uid ? index : -1, at);
  }
}

function pick(column: KeptColumn, uids: readonly number[], absent: Value): Column {
  const values: Value[] = new Array(uids.length);
  const ranks = new Float64Array(uids.length);
  const all = column.ranks;
  eachIndex(column.uids, uids, (index, at) => {
    values[at] = index < 0 ? absent : column.values[index]!;
    ranks[at] = index < 0 ? -1 : all[index]!;
  });
  return { values, ranks };
}

async function readMessages(
  scope: SearchScope,
  positions: readonly number[],
  take: (position: number, read: (name: SortColumn) => Value) => void,
): Promise<void> {
  const ascending = [...positions].sort((one, other) => one - other);
  for (let at = 0; at < ascending.length; at += FACTS_PAGE) {
    const page = ascending.slice(at, at + FACTS_PAGE);
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

function valueOfColumn(name: SortColumn, values: SortValues, arrival: number, size: number): Value {
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
