/** Requests that wait for their reply on the one inbox of a connection. */
import { BusError, type BusFailure, type Json } from './port.ts';

interface Pending {
  readonly subject: string;
  readonly resolve: (answer: Json) => void;
  readonly reject: (error: BusError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class PendingRequests {
  readonly #pending = new Map<string, Pending>();
  #next = 0;

  /** `send` gets the token that the reply will carry; what it throws fails the request. */
  add(subject: string, timeoutMs: number, send: (token: string) => void): Promise<Json> {
    return new Promise((resolve, reject) => {
      const token = (this.#next++).toString(36);
      const timer = setTimeout(() => this.fail(token, 'timeout'), timeoutMs);
      this.#pending.set(token, { subject, resolve, reject, timer });
      try {
        send(token);
      } catch (error) {
        this.fail(token, 'disconnected', error);
      }
    });
  }

  /** A token nobody waits for any more is a late or second reply: ignored. */
  succeed(token: string, decode: () => Json): void {
    const pending = this.#take(token);
    if (!pending) return;
    try {
      pending.resolve(decode());
    } catch (error) {
      pending.reject(new BusError('handler-failed', pending.subject, error));
    }
  }

  fail(token: string, failure: BusFailure, cause?: unknown): void {
    const pending = this.#take(token);
    pending?.reject(new BusError(failure, pending.subject, cause));
  }

  failAll(failure: BusFailure): void {
    for (const token of [...this.#pending.keys()]) this.fail(token, failure);
  }

  #take(token: string): Pending | undefined {
    const pending = this.#pending.get(token);
    if (!pending) return undefined;
    this.#pending.delete(token);
    clearTimeout(pending.timer);
    return pending;
  }
}
