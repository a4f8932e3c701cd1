import { BoundedCache } from './bounded-cache.ts';

export interface BatchedLookupOptions<Value> {
  /** Reads many keys in one query; a key without a value is missing from the map. */
  readonly load: (keys: string[]) => Promise<Map<string, Value>>;
  /** How long a value, and how long the absence of one, may be answered from memory. */
  readonly ttlMs: number;
  readonly absentTtlMs: number;
  readonly maxEntries: number;
  /** Keys a query. More keys mean more queries, one after the other. */
  readonly maxKeys: number;
  readonly now?: () => number;
}

/** Look-ups of one round of the event loop share a query, and look-ups of one key share its answer. */
export class BatchedLookup<Value> {
  readonly #options: BatchedLookupOptions<Value>;
  readonly #cache: BoundedCache<{ readonly value: Value | undefined }>;
  readonly #underWay = new Map<string, Promise<Value | undefined>>();
  #generation = 0;
  #waiting: { key: string; resolve(value: Value | undefined): void; reject(cause: unknown): void }[] = [];

  constructor(options: BatchedLookupOptions<Value>) {
    this.#options = options;
    this.#cache = new BoundedCache(options.maxEntries, options.now);
  }

  get(key: string): Promise<Value | undefined> {
    const cached = this.#cache.get(key);
    if (cached) return Promise.resolve(cached.value);
    const running = this.#underWay.get(key);
    if (running) return running;
    const lookup = new Promise<Value | undefined>((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#flush());
      this.#waiting.push({ key, resolve, reject });
    }).finally(() => {
      if (this.#underWay.get(key) === lookup) this.#underWay.delete(key);
    });
    this.#underWay.set(key, lookup);
    return lookup;
  }

  /** Forgets all answers; those under way are given, but not remembered. */
  forget(): void {
    this.#generation += 1;
    this.#cache.clear();
    this.#underWay.clear();
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += this.#options.maxKeys) {
      const batch = waiting.slice(from, from + this.#options.maxKeys);
      const generation = this.#generation;
      try {
        const values = await this.#options.load(batch.map(({ key }) => key));
        for (const { key, resolve } of batch) {
          const value = values.get(key);
          if (generation === this.#generation) this.#remember(key, value);
          resolve(value);
        }
      } catch (cause) {
        for (const { reject } of batch) reject(cause);
      }
    }
  }

  #remember(key: string, value: Value | undefined): void {
    const { ttlMs, absentTtlMs } = this.#options;
    this.#cache.set(key, { value }, value === undefined ? absentTtlMs : ttlMs);
  }
}
