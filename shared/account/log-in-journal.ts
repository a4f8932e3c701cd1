import { sql } from 'kysely';
import type { Database } from '../database/port.ts';
import type { Logger } from '../runtime/log.ts';
import type { Counter, Metrics } from '../runtime/metrics.ts';
import { BatchedLookup } from './batched-lookup.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { Account, LogInProtocol } from './port.ts';

/** How long a written line may wait for others, so that a storm of log-ins is a few inserts. Milliseconds. */
const FLUSH_MS = 500;
/** Lines a flush; what comes above that is in the log and counted, not in the table. */
const MAX_WAITING = 500;
/** A program that logs in every minute is one line in the table in this time; the log has each. Milliseconds. */
const REPEAT_MS = 10 * 60_000;
const MAX_REPEATS = 50_000;
const MAX_NAME = 255;
/** How long an answer about a known network is good. Milliseconds. */
const KNOWN_TTL_MS = 30_000;
const UNKNOWN_TTL_MS = 3_000;
const MAX_KNOWN = 20_000;

export type LogInOutcome = 'accepted' | 'refused' | 'throttled';

export interface LogInRecord {
  readonly protocol: LogInProtocol;
  readonly method: string;
  readonly outcome: LogInOutcome;
  /** As the client gave it. */
  readonly name: string;
  readonly account: Account | undefined;
  readonly remote: string;
  readonly network: string;
  readonly appPassword: string | undefined;
}

interface Line extends LogInRecord {
  readonly at: number;
}

/** The audit log of log-ins: a line of the log each, and a table for `mailctl log-ins`. Nobody who logs in waits for the table. */
export class LogInJournal {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #logIns: Counter;
  readonly #unwritten: Counter;
  readonly #repeats = new BoundedCache<true>(MAX_REPEATS);
  readonly #known: BatchedLookup<true>;
  #waiting: Line[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database, log: Logger, metrics: Metrics) {
    this.#database = database;
    this.#log = log;
    this.#logIns = metrics.counter('cartero_log_ins_total', 'Log-ins by protocol, method and outcome', [
      'protocol',
      'method',
      'outcome',
    ]);
    this.#unwritten = metrics.counter(
      'cartero_log_ins_unwritten_total',
      'Log-ins that are in the log alone: too many at once, or the database was away',
    );
    this.#known = new BatchedLookup<true>({
      load: (keys) => this.#readKnown(keys),
      ttlMs: KNOWN_TTL_MS,
      absentTtlMs: UNKNOWN_TTL_MS,
      maxEntries: MAX_KNOWN,
      maxKeys: 200,
    });
  }

  record(record: LogInRecord): void {
    const { protocol, method, outcome, account, remote, appPassword } = record;
    const name = record.name.slice(0, MAX_NAME).replace(/\p{C}/gu, '\ufffd');
    this.#logIns.inc({ protocol, method, outcome });
    this.#log[outcome === 'accepted' ? 'info' : 'warn'](
      { protocol, method, outcome, name, account: account?.address, remote, appPassword },
      'log-in',
    );
    if (this.#isRepeated(record)) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#unwritten.inc();
      return;
    }
    this.#waiting.push({ ...record, name, at: Date.now() });
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Has the account logged in from this network in the last weeks? */
  async knows(account: Account, network: string): Promise<boolean> {
    return (await this.#known.get(`${account.accountId} ${network}`)) === true;
  }

  /** Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) this.#writing = this.#writing.then(() => this.#write(lines));
    return this.#writing;
  }

  #isRepeated({ outcome, account, protocol, method, network, appPassword }: LogInRecord): boolean {
    if (outcome !== 'accepted' || account === undefined) return false;
    const key = [account.accountId, protocol, method, network, appPassword].join(' ');
    if (this.#repeats.get(key)) return true;
    this.#repeats.set(key, true, REPEAT_MS);
    return false;
  }

  async #write(lines: readonly Line[]): Promise<void> {
    try {
      await this.#database.kysely
        .insertInto('log_in')
        .values(
          lines.map((line) => ({
            at: line.at,
            account_id: line.account === undefined ? null : Number(line.account.accountId),
            name: line.name,
            protocol: line.protocol,
            method: line.method,
            remote: line.remote,
            outcome: line.outcome,
            app_password: line.appPassword ?? null,
          })),
        )
        .execute();
      await this.#writeNetworks(lines.filter(({ outcome }) => outcome === 'accepted'));
    } catch (error) {
      this.#unwritten.inc({}, lines.length);
      this.#log.warn({ err: error, lines: lines.length }, 'log-ins are in the log alone');
    }
  }

  async #writeNetworks(lines: readonly Line[]): Promise<void> {
    const latest = new Map(
      lines.flatMap(({ account, network, at }) =>
        account === undefined ? [] : [[`${account.accountId} ${network}`, { account, network, at }]],
      ),
    );
    if (latest.size === 0) return;
    const rows = [...latest.values()].map(({ account, network, at }) => ({
      account_id: Number(account.accountId),
      network,
      last_at: at,
    }));
    await this.#database.kysely
      .insertInto('known_network')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['account_id', 'network'])
          .doUpdateSet({ last_at: sql<number>`greatest(known_network.last_at, excluded.last_at)` }),
      )
      .execute();
  }

  async #readKnown(keys: string[]): Promise<Map<string, true>> {
    const rows = await this.#database.prepared<{ key: string }>(
      'known-networks',
      `select k.key from unnest($1::text[]) as k(key)
         join known_network n on n.account_id = split_part(k.key, ' ', 1)::bigint
                             and n.network = split_part(k.key, ' ', 2)`,
      [keys],
    );
    return new Map(rows.map(({ key }) => [key, true]));
  }
}
