/** Answers kept at once; some 300 bytes each. */
export const MAX_ANSWERS = 10_000;

interface Answer<T> {
  readonly value: Promise<T>;
  expires: number;
}

/**
 * Answers by name until they expire, at most `MAX_ANSWERS` of them: the longest unasked leaves first. Who asks while the question is on its
 * way shares its answer. A rejected question is not kept.
 */
export class DnsCache<T> {
  readonly #now: () => number;
  readonly #limit: number;
  readonly #answers = new Map<string, Answer<T>>();

  constructor(now: () => number, limit = MAX_ANSWERS) {
    this.#now = now;
    this.#limit = limit;
  }

  /** `ask` also says for how many milliseconds its answer holds. */
  get(name: string, ask: () => Promise<{ value: T; ttlMs: number }>): Promise<T> {
    const known = this.#answers.get(name);
    this.#answers.delete(name);
    const answer = known && known.expires > this.#now() ? known : this.#ask(name, ask);
    this.#answers.set(name, answer);
    if (this.#answers.size > this.#limit) this.#answers.delete(this.#answers.keys().next().value!);
    return answer.value;
  }

  get size(): number {
    return this.#answers.size;
  }

  #ask(name: string, ask: () => Promise<{ value: T; ttlMs: number }>): Answer<T> {
    const answer: Answer<T> = {
      expires: Number.POSITIVE_INFINITY,
      value: ask().then(
        ({ value, ttlMs }) => {
          answer.expires = this.#now() + ttlMs;
          return value;
        },
        (error: unknown) => {
          if (this.#answers.get(name) === answer) this.#answers.delete(name);
          throw error;
        },
      ),
    };
    return answer;
  }
}
