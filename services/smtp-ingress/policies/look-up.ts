import { BoundedCache } from '../../../shared/account/bounded-cache.ts';
import type { DnsData, Resolver } from '../../../shared/net/resolver.ts';

/** A client waits no longer than this for what name servers say of it. */
const DEADLINE_MS = 4_000;
const MAX_TTL_MS = 3_600_000;
/** Where nobody answered, nobody is asked again for so long. */
const FAILED_TTL_MS = 10_000;
/** Answers kept, about 200 bytes each. */
const MAX_ANSWERS = 20_000;

type Texts = { [Type in keyof DnsData]: DnsData[Type] extends string ? Type : never }[keyof DnsData];
type Found = readonly string[] | undefined;

/** What names say of a client: kept as long as they say, and never waited for without end. */
export class LookUp {
  readonly #resolver: Resolver;
  readonly #answers = new BoundedCache<Promise<Found>>(MAX_ANSWERS);
  readonly #deadlineMs: number;

  constructor(resolver: Resolver, deadlineMs = DEADLINE_MS) {
    this.#resolver = resolver;
    this.#deadlineMs = deadlineMs;
  }

  /** The records of a name, none when there are none; undefined: nobody knows now. */
  ask(name: string, type: Texts): Promise<Found> {
    const key = `${type} ${name}`;
    const kept = this.#answers.get(key);
    if (kept !== undefined) return kept;
    const answer = this.#within(this.#asked(key, name, type));
    this.#answers.set(key, answer, FAILED_TTL_MS);
    return answer;
  }

  async #asked(key: string, name: string, type: Texts): Promise<Found> {
    try {
      const { records, ttlMs } = await this.#resolver.ask(name, type);
      this.#answers.set(key, Promise.resolve(records), Math.min(ttlMs, MAX_TTL_MS));
      return records;
    } catch {
      return undefined;
    }
  }

  async #within(work: Promise<Found>): Promise<Found> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#deadlineMs);
    });
    const found = await Promise.race([work, late]);
    clearTimeout(timer);
    return found;
  }
}
