/** At most so many at once of each key; the others wait for their turn, in order. */
export class Turns {
  readonly #most: number;
  readonly #maxWaiting: number;
  readonly #busy = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

  constructor(most: number, maxWaiting: number) {
    this.#most = most;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves to what ends the turn; undefined: too many wait already. */
  async take(key: string): Promise<(() => void) | undefined> {
    const place = this.#busy.get(key) ?? { running: 0, waiting: [] };
    this.#busy.set(key, place);
    if (place.running < this.#most) place.running += 1;
    else if (place.waiting.length >= this.#maxWaiting) return undefined;
    else await new Promise<void>((resolve) => place.waiting.push(resolve));
    return () => {
      const next = place.waiting.shift();
      if (next !== undefined) return next();
      place.running -= 1;
      if (place.running === 0) this.#busy.delete(key);
    };
  }
}
