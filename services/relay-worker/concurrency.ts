/** How long a remote's word on how much it takes is believed; then one connection more is tried, and so on. */
export const LEARNED_MS = 600_000;
const REGAIN_MS = 60_000;

/**
 * How many connections a destination gets: one until it has answered, then as many as are allowed, and fewer for a time when it says that
 * they are too many.
 */
export class Concurrency {
  readonly #most: number;
  readonly #now: () => number;
  #limit: number;
  #answered = false;
  #regainAt = Number.POSITIVE_INFINITY;

  /** `now` in Unix milliseconds. */
  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#limit = most;
    this.#now = now;
  }

  get limit(): number {
    while (this.#limit < this.#most && this.#regainAt <= this.#now()) {
      this.#limit++;
      this.#regainAt += REGAIN_MS;
    }
    return this.#answered ? this.#limit : 1;
  }

  /** Something was learned that would be lost with this object. */
  get learned(): boolean {
    return this.limit < this.#most && this.#answered;
  }

  answered(): void {
    this.#answered = true;
  }

  /** So many stand, and the remote wants no more. */
  tooMany(standing: number): void {
    this.#answered = true;
    this.#limit = Math.max(1, Math.min(this.#limit, standing));
    this.#regainAt = this.#now() + LEARNED_MS;
  }
}
