import type { Database } from '../../database/port.ts';
import type { Config } from '../../runtime/config.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Counter, Metrics } from '../../runtime/metrics.ts';
import { WatchedFile } from '../certificate-files.ts';
import { newAccountKey, orderCertificate } from './acme-client.ts';
import { AcmeCertificates } from './certificates.ts';
import { AcmeChallenges } from './challenges.ts';

/** How often it is looked whether a certificate is due. Milliseconds. */
const CHECK_MS = 60_000;
/** An order in all. Below the time that a name is claimed for. */
const ORDER_MS = 600_000;
const FIRST_LOOK_MS = 2_000;

export interface RenewalOptions {
  readonly config: Pick<
    Config,
    'acmeDirectory' | 'acmeEmail' | 'acmeCaFile' | 'acmeChallenge' | 'acmeDomains' | 'hostname'
  >;
  readonly database: Database;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Ours, for `*` in ACME_DOMAINS. */
  readonly domains: () => Promise<readonly string[]>;
  readonly checkMs?: number;
  readonly firstLookMs?: number;
}

/** Has certificates issued and renewed: one name at a time, each by one replica. What fails is tried again later and later. */
export class AcmeRenewal {
  readonly #options: RenewalOptions;
  readonly #certificates: AcmeCertificates;
  readonly #challenges: AcmeChallenges;
  readonly #orders: Counter;
  readonly #directoryCa: WatchedFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #underWay: string | undefined;
  #stopped = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#certificates = new AcmeCertificates(options.database);
    this.#challenges = new AcmeChallenges(options.database);
    this.#orders = options.metrics.counter('cartero_acme_orders_total', 'certificates asked for by ACME', [
      'result',
    ]);
    const { acmeCaFile } = options.config;
    this.#directoryCa = acmeCaFile === undefined ? undefined : new WatchedFile(acmeCaFile);
    this.#schedule(0);
  }

  /** The order under way goes on in vain; another replica may take it up at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const name = this.#underWay;
    if (name === undefined) return;
    await this.#certificates
      .release(name)
      .catch((error: unknown) => this.#options.log.warn({ err: error, name }, 'ACME: not released'));
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#check()
        .catch((error: unknown) => this.#options.log.warn({ err: error }, 'ACME: what is due is not known'))
        .finally(() => this.#schedule(this.#options.checkMs ?? CHECK_MS));
    }, ms).unref();
  }

  async #check(): Promise<void> {
    const names = await this.#names();
    while (!this.#stopped) {
      const name = await this.#certificates.claim(names);
      if (name === undefined) return;
      this.#underWay = name;
      await this.#order(name).finally(() => {
        this.#underWay = undefined;
      });
    }
  }

  async #order(name: string): Promise<void> {
    const { log } = this.#options;
    try {
      const issued = await withinTime(this.#ask(name));
      if (this.#stopped) return;
      await this.#certificates.issued(name, issued);
      this.#orders.inc({ result: 'issued' });
      log.info({ name }, 'ACME: a certificate was issued');
    } catch (error) {
      if (this.#stopped) return;
      this.#orders.inc({ result: 'failed' });
      const pause = await this.#certificates.failed(name, (error as Error).message.slice(0, 1_000));
      log.error({ err: error, name, again: pause / 1_000 }, 'ACME: no certificate was issued');
    }
  }

  async #ask(name: string) {
    const { config, firstLookMs = FIRST_LOOK_MS } = this.#options;
    return orderCertificate({
      directory: config.acmeDirectory!,
      directoryCa: await this.#directoryCa?.read(),
      accountKey: await accountKey(this.#options.database, config.acmeDirectory!),
      email: config.acmeEmail,
      name,
      challenge: config.acmeChallenge,
      pauseMs: firstLookMs,
      answer: (token, response) => this.#challenges.put(token, name, response),
      done: (token) => this.#challenges.remove(token),
    });
  }

  async #names(): Promise<string[]> {
    const { config, domains } = this.#options;
    if (config.acmeDomains.length === 0) return [config.hostname];
    const ours = config.acmeDomains.some((pattern) => pattern.endsWith('*')) ? await domains() : [];
    return namesOf(config.acmeDomains, ours);
  }
}

/** `*` at the end of a pattern stands for each of our domains. */
export function namesOf(patterns: readonly string[], domains: readonly string[]): string[] {
  const all = patterns.flatMap((pattern) =>
    pattern.endsWith('*') ? domains.map((domain) => pattern.slice(0, -1) + domain) : [pattern],
  );
  return [...new Set(all)];
}

/** One account with an authority for all replicas. */
async function accountKey(database: Database, directory: string): Promise<string> {
  const name = `acme ${directory}`;
  const { kysely } = database;
  const made = Buffer.from(await newAccountKey());
  await kysely
    .insertInto('server_key')
    .values({ name, key: made })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await kysely
    .selectFrom('server_key')
    .select('key')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return row.key.toString();
}

function withinTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the order took more than ${ORDER_MS / 1_000} s`)),
      ORDER_MS,
    ).unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
