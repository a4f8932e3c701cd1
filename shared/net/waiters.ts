interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Those who wait for the peer to take output, until it did or the connection is gone. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** Until `resolveAll`, or until `begin` calls what it is given. */
  wait(begin?: (done: () => void) => void): Promise<void> {
    const waited = new Promise<void>((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiting.add(waiter);
      begin?.(() => {
        this.#waiting.delete(waiter);
        resolve();
      });
    });
    waited.catch(() => {});
    return waited;
  }

  resolveAll(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) waiter.resolve();
  }

  rejectAll(error: Error): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) waiter.reject(error);
  }
}

/** Whoever ignores it is not told by the process. */
export function rejected(error: Error): Promise<void> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
