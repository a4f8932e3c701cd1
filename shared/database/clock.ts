/** So long an answer says nothing about the time. */
const SLOW_MS = 1_000;

/**
 * The database's clock, as Unix milliseconds, carried on from look to look by the monotonic clock of this process. Times that
 * several processes compare (due, queued, the age of an id) are all by it: the wall clock of one of them may jump as it likes.
 */
export class DatabaseClock {
  #aheadMs = Date.now() - performance.now();

  now(): number {
    return Math.round(performance.now() + this.#aheadMs);
  }

  /** `ask` resolves to the database's Unix milliseconds. What it throws is thrown on, and changes nothing. */
  async look(ask: () => Promise<number>): Promise<void> {
    const asked = performance.now();
    const told = await ask();
    const heard = performance.now();
    if (heard - asked < SLOW_MS) this.#aheadMs = told - (asked + heard) / 2;
  }
}
