/**
 * Group commit: while commits are in flight, the next batch gathers. No timer: a lone item leaves in the same turn of
 * the event loop, so its latency is one commit; under load one commit (one fsync) serves all that waited.
 */
export interface GroupCommitOptions<Item, Result> {
  /** Commits a batch as one transaction; results in the items' order. A throw means that none was committed. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Items of one batch at most. */
  readonly maxItems: number;
  /** Sum of `weigh` of one batch at most (an item above it goes alone). */
  readonly maxWeight?: number;
  readonly weigh?: (item: Item) => number;
  /** Batches in flight at most. */
  readonly concurrency: number;
  /** Items waiting at most; beyond it `add` throws `GroupCommitFull`. */
  readonly maxWaiting: number;
  /** True for a failure that may be one item's fault: the batch is then tried item by item. */
  readonly isolate?: (error: unknown) => boolean;
  readonly onBatch?: (items: number, seconds: number) => void;
}

export class GroupCommitFull extends Error {
  constructor() {
    super('too many items wait for the group commit');
    this.name = 'GroupCommitFull';
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Item, Result> {
  readonly #options: GroupCommitOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #inFlight = 0;
  #scheduled = false;
  #onIdle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(new GroupCommitFull());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  // setImmediate: whatever the sockets that are readable now bring joins the same batch.
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= this.#options.concurrency) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#inFlight < this.#options.concurrency) {
        void this.#run(this.#take());
      }
    });
  }

  #take(): Waiting<Item, Result>[] {
    const { maxItems, maxWeight = Number.POSITIVE_INFINITY, weigh = () => 1 } = this.#options;
    let weight = 0;
    let count = 0;
    while (count < this.#waiting.length && count < maxItems) {
      weight += weigh(this.#waiting[count]!.item);
      if (count > 0 && weight > maxWeight) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #run(batch: Waiting<Item, Result>[]): Promise<void> {
    this.#inFlight++;
    const started = performance.now();
    try {
      await this.#commit(batch);
    } finally {
      this.#inFlight--;
      this.#options.onBatch?.(batch.length, (performance.now() - started) / 1000);
      if (this.#waiting.length > 0) this.#schedule();
      else if (this.#inFlight === 0) for (const done of this.#onIdle.splice(0)) done();
    }
  }

  async #commit(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.commit(batch.map((waiting) => waiting.item));
      batch.forEach((waiting, index) => {
        waiting.resolve(results[index]!);
      });
    } catch (error) {
      if (batch.length > 1 && this.#options.isolate?.(error)) {
        for (const waiting of batch) await this.#commit([waiting]);
      } else {
        for (const waiting of batch) waiting.reject(error);
      }
    }
  }
}
