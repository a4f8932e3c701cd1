import { createHash } from 'node:crypto';
import type { SessionStore } from '../session/port.ts';
import { BoundedCache } from './bounded-cache.ts';

/** Wrong log-ins are forgotten after this. Milliseconds. */
export const GUESS_WINDOW_MS = 15 * 60_000;
/** Wrong ones before each further one is answered later: who mistypes does not notice. */
const FREE_GUESSES = 3;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4_000;
/** Of an account from all networks together, times those of one: a guess from many networks at once. */
const ACCOUNT_FACTOR = 5;
/** From a network whence the account has logged in, times those of others: a colleague, a telephone with the old password. */
const KNOWN_FACTOR = 5;
/** Counters of this process, about 150 bytes each. */
const MAX_COUNTERS = 50_000;

export interface GuessLimits {
  /** Wrong log-ins of one account from one network. */
  readonly perAccount: number;
  /** Wrong log-ins from one network. */
  readonly perNetwork: number;
}

/** Whose log-in it is: the name as given ('': none was), and whence. */
export interface Guesser {
  readonly name: string;
  readonly network: string;
  /** The account has logged in from there before; asked only when something is near its limit. */
  readonly known: () => Promise<boolean>;
}

/**
 * Counts wrong log-ins in the session store, so that they add up over all replicas, and in this process, so that there is a limit
 * while the store is away. What it refuses it does not look at, and does not count: the window ends by itself.
 */
export class Guesses {
  readonly #sessions: SessionStore;
  readonly #limits: GuessLimits;
  readonly #own = new BoundedCache<{ count: number }>(MAX_COUNTERS);

  constructor(sessions: SessionStore, limits: GuessLimits) {
    this.#sessions = sessions;
    this.#limits = limits;
  }

  /** May one more be tried? */
  async allowed(guesser: Guesser): Promise<boolean> {
    const { perAccount, perNetwork } = this.#limits;
    const [pair, account, network] = await this.#counts(guesser, 0);
    if (pair < perAccount && account < perAccount * ACCOUNT_FACTOR && network < perNetwork) return true;
    return pair < perAccount * KNOWN_FACTOR && (await guesser.known());
  }

  /** Counts a wrong one: how long its answer is to be held back, in milliseconds. */
  async wrong(guesser: Guesser): Promise<number> {
    const [pair] = await this.#counts(guesser, 1);
    const over = pair - FREE_GUESSES;
    return over <= 0 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (over - 1));
  }

  async #counts({ name, network }: Guesser, by: number): Promise<[number, number, number]> {
    const all = this.#count(`guess::${network}`, by);
    // A token or a certificate names no account before it is checked, and is not to be guessed.
    if (name === '') return [0, 0, await all];
    const who = createHash('sha256').update(name).digest('base64url').slice(0, 22);
    return Promise.all([this.#count(`guess:${who}:${network}`, by), this.#count(`guess:${who}`, by), all]);
  }

  async #count(key: string, by: number): Promise<number> {
    const own = this.#own.get(key) ?? { count: 0 };
    if (own.count === 0 && by > 0) this.#own.set(key, own, GUESS_WINDOW_MS);
    own.count += by;
    const shared = await this.#sessions.count(key, GUESS_WINDOW_MS, by).catch(() => 0);
    return Math.max(own.count, shared);
  }
}
