import type { SortColumn } from '../../../shared/search/search-index.ts';

/** Values of one column of a mailbox, ascending by uid. What a message sorts by never changes. */
export class KeptColumn {
  uids: Uint32Array;
  values: (string | number)[];
  /** All messages up to here were asked for; those of them that are not here were not in the index yet. */
  upTo: number;
  bytes = 0;
  countedBytes = 0;
  #ranks: Float64Array | undefined;

  constructor() {
    this.uids = new Uint32Array(0);
    this.values = [];
    this.upTo = 0;
  }

  /** @param more by uid; some may be here, when another read them at the same time. */
  add(more: ReadonlyMap<number, string | number>, upTo: number): void {
    this.upTo = Math.max(this.upTo, upTo);
    const here = more.size === 0 ? undefined : new Set(this.uids);
    const added = [...more].filter(([uid]) => !here!.has(uid)).sort(([one], [other]) => one - other);
    if (added.length === 0) return;
    const last = this.uids.at(-1) ?? 0;
    const all = [...Array.from(this.uids, (uid, at) => [uid, this.values[at]!] as const), ...added];
    if (added[0]![0] < last) all.sort(([one], [other]) => one - other);
    this.uids = Uint32Array.from(all, ([uid]) => uid);
    this.values = all.map(([, value]) => value);
    for (const [, value] of added) this.bytes += typeof value === 'string' ? 48 + value.length : 12;
    this.#ranks = undefined;
  }

  /** Where equal values have one rank, and a lower value a lower one. Strings are compared by code unit, as they are folded already. */
  get ranks(): Float64Array {
    this.#ranks ??= ranksOf(this.values);
    return this.#ranks;
  }
}

export function ranksOf(values: readonly (string | number)[]): Float64Array {
  if (typeof values[0] !== 'string') return Float64Array.from(values as number[]);
  const distinct = [...new Set(values as string[])].sort();
  const ranks = new Map(distinct.map((value, rank) => [value, rank]));
  return Float64Array.from(values as string[], (value) => ranks.get(value)!);
}

/** Columns of the mailboxes that were sorted or threaded last; the least recently used make room. */
export class SortCache {
  readonly #limit: number;
  readonly #columns = new Map<string, KeptColumn>();
  #bytes = 0;

  /** @param limit estimated bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(account: string, mailboxId: string, name: SortColumn): KeptColumn | undefined {
    const key = `${account}/${mailboxId}/${name}`;
    const column = this.#columns.get(key);
    if (column === undefined) return undefined;
    this.#columns.delete(key);
    this.#columns.set(key, column);
    return column;
  }

  /** After it was made, or has grown. */
  keep(account: string, mailboxId: string, name: SortColumn, column: KeptColumn): void {
    const key = `${account}/${mailboxId}/${name}`;
    this.#forget(key);
    this.#columns.set(key, column);
    this.#bytes += column.bytes;
    column.countedBytes = column.bytes;
    for (const oldest of this.#columns.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const column = this.#columns.get(key);
    if (column === undefined) return;
    this.#columns.delete(key);
    this.#bytes -= column.countedBytes;
  }
}
