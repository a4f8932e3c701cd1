import type { Thread } from '../../../shared/message/thread.ts';
import type { ThreadAlgorithm } from '../../../shared/protocol/imap/commands/sort.ts';

interface Kept {
  readonly uids: readonly number[];
  readonly threads: readonly Thread[];
}

/** Threads of the mailboxes that were threaded last, each for the messages that they are of: clients ask for the same again and again. */
export class ThreadCache {
  readonly #limit: number;
  readonly #kept = new Map<string, Kept>();
  #messages = 0;

  /** @param limit messages of all that is kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param uids in the order in which the threads number them. */
  get(mailbox: string, algorithm: ThreadAlgorithm, uids: readonly number[]): readonly Thread[] | undefined {
    const kept = this.#kept.get(`${mailbox} ${algorithm}`);
    if (kept === undefined || kept.uids.length !== uids.length) return undefined;
    return kept.uids.every((uid, at) => uid === uids[at]) ? kept.threads : undefined;
  }

  keep(mailbox: string, algorithm: ThreadAlgorithm, kept: Kept): void {
    const key = `${mailbox} ${algorithm}`;
    this.#forget(key);
    this.#kept.set(key, kept);
    this.#messages += kept.uids.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#messages <= this.#limit) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#messages -= this.#kept.get(key)?.uids.length ?? 0;
    this.#kept.delete(key);
  }
}
