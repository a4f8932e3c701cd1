import { FenceLost } from '../../../shared/actor/fence.ts';
import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { type IndexContext, indexRound } from './index-round.ts';

/** From a change to the round that looks at it: others gather meanwhile, and mail goes first. Milliseconds. */
const GATHER_MS = 300;
/** After a round the index rests for as long as it took, so that it never takes more than half of what there is; at least so long. */
const REST_MS = 5;
const RETRY_MS = 5_000;
/** Behind what the actors tell: finds what a replica that died, or a release without an index, left. */
const SWEEP_MS = 60_000;
const ACCOUNTS_A_ROUND = 100;
const ACCOUNTS_A_SWEEP = 1_000;

export interface IndexerOptions
  extends Pick<Ports, 'database' | 'storage' | 'log' | 'metrics'>,
    Pick<IndexContext, 'fence'> {
  readonly holds: (account: AccountId) => boolean;
  readonly fenceLost: () => void;
}

/** Keeps the search index of this replica's accounts up with their mailboxes, off the path of mail. */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #context: IndexContext;
  readonly #waiting = new Set<AccountId>();
  readonly #messages;
  readonly #seconds;
  #timer: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: IndexerOptions) {
    this.#options = options;
    const { database, storage, fence, log, metrics } = options;
    this.#context = {
      database,
      storage,
      fence,
      unreadable: (emailId, error) => log.warn({ err: error, emailId }, 'a message cannot be indexed'),
    };
    this.#messages = metrics.counter('cartero_search_indexed_total', 'Messages taken into the search index');
    this.#seconds = metrics.histogram(
      'cartero_search_index_seconds',
      'Duration of a round of the search index',
      [0.005, 0.02, 0.1, 0.5, 1, 5],
    );
    metrics.gauge('cartero_search_index_accounts', 'Accounts with messages to be indexed', [], (gauge) =>
      gauge.set({}, this.#waiting.size),
    );
  }

  start(): void {
    this.#sweep = setInterval(() => this.look(), SWEEP_MS);
    this.look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#sweep);
    await this.#running;
  }

  /** There may be new messages in this account. */
  changed(account: AccountId): void {
    this.#waiting.add(account);
    this.#in(GATHER_MS);
  }

  /** Looks for accounts with work among all. */
  look(): void {
    if (this.#stopped) return;
    this.#enqueue(async () => {
      const rows = await this.#options.database.prepared<{ account_id: number }>('index_accounts', BEHIND, [
        ACCOUNTS_A_SWEEP,
      ]);
      for (const { account_id } of rows) {
        const account = String(account_id);
        if (this.#options.holds(account)) this.#waiting.add(account);
      }
      if (this.#waiting.size > 0) this.#in(REST_MS);
    }).catch(() => undefined);
  }

  /** One round for an account that somebody waits for; true when there is more to do. Throws what the round throws. */
  async now(account: AccountId): Promise<boolean> {
    const { messages, unfinished } = await this.#enqueue(() => indexRound(this.#context, [account]));
    this.#messages.inc({}, messages);
    return unfinished.has(account);
  }

  #in(ms: number): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#round();
    }, ms);
  }

  async #round(): Promise<void> {
    const { holds, log, fenceLost } = this.#options;
    const accounts: AccountId[] = [];
    for (const account of this.#waiting) {
      this.#waiting.delete(account);
      if (holds(account)) accounts.push(account);
      if (accounts.length === ACCOUNTS_A_ROUND) break;
    }
    if (accounts.length === 0) return;
    const started = performance.now();
    let rest: number;
    try {
      const { messages, unfinished } = await this.#enqueue(() => indexRound(this.#context, accounts));
      for (const account of unfinished) this.#waiting.add(account);
      const took = performance.now() - started;
      this.#messages.inc({}, messages);
      this.#seconds.observe({}, took / 1000);
      rest = Math.max(REST_MS, took);
    } catch (error) {
      for (const account of accounts) this.#waiting.add(account);
      if (error instanceof FenceLost) fenceLost();
      else if (!(error instanceof DatabaseUnavailable)) log.error({ err: error }, 'the search index failed');
      rest = RETRY_MS;
    }
    if (this.#waiting.size > 0) this.#in(rest);
  }

  /** One at a time. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#running.then(work);
    this.#running = result.catch(() => undefined);
    return result;
  }
}

const BEHIND = `select distinct b.account_id from mailbox b left join search_cursor c using (account_id, mailbox_id)
  where b.uid_next - 1 > coalesce(c.uid, 0) limit $1`;
