/** Turns that may wait for one actor; beyond it the caller is told to come back. */
export const MAX_WAITING_TURNS = 1_000;

export class ActorOverloaded extends Error {
  constructor(key: string) {
    super(`too many turns wait for actor ${key}`);
    this.name = 'ActorOverloaded';
  }
}

/** One turn at a time, in the order asked. */
export class Actor {
  readonly key: string;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #lastUsed = performance.now();

  constructor(key: string) {
    this.key = key;
  }

  /** Runs `turn` after all turns before it. A turn that throws fails its caller alone. */
  run<T>(turn: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING_TURNS) return Promise.reject(new ActorOverloaded(this.key));
    this.#waiting++;
    const result = this.#tail.then(turn);
    this.#tail = result.then(
      () => this.#done(),
      () => this.#done(),
    );
    return result;
  }

  /** Resolves when the turns asked so far are done. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Milliseconds since its last turn ended. */
  idleFor(): number {
    return this.busy ? 0 : performance.now() - this.#lastUsed;
  }

  #done(): void {
    this.#waiting--;
    this.#lastUsed = performance.now();
  }
}
