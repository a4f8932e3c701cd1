import type { AccountId } from '../../../shared/mailbox/types.ts';

interface Slots {
  running: number;
  readonly waiting: (() => void)[];
}

/** How many requests of one account this replica works at; others wait, in their order. */
export class RequestSlots {
  readonly #running: number;
  readonly #waiting: number;
  readonly #accounts = new Map<AccountId, Slots>();

  constructor(running: number, waiting: number) {
    this.#running = running;
    this.#waiting = waiting;
  }

  /** What ends the turn; undefined: too many wait already. */
  async take(account: AccountId): Promise<(() => void) | undefined> {
    const own: Slots = this.#accounts.get(account) ?? { running: 0, waiting: [] };
    this.#accounts.set(account, own);
    if (own.running >= this.#running) {
      if (own.waiting.length >= this.#waiting) return undefined;
      // Whoever ends hands its turn over.
      await new Promise<void>((resolve) => own.waiting.push(resolve));
    } else own.running += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = own.waiting.shift();
      if (next !== undefined) return next();
      own.running -= 1;
      if (own.running === 0) this.#accounts.delete(account);
    };
  }
}
