import { X509Certificate } from 'node:crypto';
import type { Database } from '../../database/port.ts';
import type { CertificateSource, Found } from '../certificate-store.ts';
import type { IssuedCertificate } from './acme-client.ts';

/** An order is over by then, or its replica is gone. Milliseconds. */
export const CLAIM_MS = 900_000;
/** A new certificate is asked for when this much of its life is over, and up to `JITTER` of it earlier: not all on one day. */
const RENEW_AT = 2 / 3;
const JITTER = 1 / 20;
/** Pauses after failures double from the first to the last: authorities bear a few an hour. Milliseconds. */
const FIRST_PAUSE_MS = 300_000;
const LAST_PAUSE_MS = 86_400_000;

/** `acme_certificate`: what was issued, and which replica is to ask for what when. */
export class AcmeCertificates {
  readonly #database: Database;
  readonly #random: () => number;

  constructor(database: Database, random: () => number = Math.random) {
    this.#database = database;
    this.#random = random;
  }

  /** One of `names` whose time it is and that nobody else is at; undefined: none. */
  async claim(names: readonly string[]): Promise<string | undefined> {
    if (names.length === 0) return undefined;
    const { kysely } = this.#database;
    const now = this.#database.now();
    await kysely
      .insertInto('acme_certificate')
      .values(names.map((name) => ({ name })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const claimed = await kysely
      .updateTable('acme_certificate')
      .set({ claimed_until: now + CLAIM_MS })
      .where('name', '=', (query) =>
        query
          .selectFrom('acme_certificate')
          .select('name')
          .where('name', 'in', names)
          .where('attempt_at', '<=', now)
          .where('claimed_until', '<=', now)
          .orderBy('attempt_at')
          .limit(1)
          .forUpdate()
          .skipLocked(),
      )
      .returning('name')
      .executeTakeFirst();
    return claimed?.name;
  }

  async release(name: string): Promise<void> {
    await this.#set(name, { claimed_until: 0 });
  }

  /** Throws when the chain is none. */
  async issued(name: string, { chain, key }: IssuedCertificate): Promise<void> {
    const { validFrom, validTo } = new X509Certificate(chain);
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    const part = RENEW_AT - JITTER * this.#random();
    await this.#set(name, {
      chain,
      key,
      not_after: to,
      updated_at: this.#database.now(),
      attempt_at: Math.round(from + (to - from) * part),
      claimed_until: 0,
      failures: 0,
      problem: null,
    });
  }

  /** How long it is left alone for, milliseconds. */
  async failed(name: string, problem: string): Promise<number> {
    const { kysely } = this.#database;
    const row = await kysely
      .selectFrom('acme_certificate')
      .select('failures')
      .where('name', '=', name)
      .executeTakeFirst();
    const failures = row?.failures ?? 0;
    const pause = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 20));
    const jittered = Math.round(pause * (1 + this.#random() / 2));
    await this.#set(name, {
      attempt_at: this.#database.now() + jittered,
      claimed_until: 0,
      failures: failures + 1,
      problem,
    });
    return jittered;
  }

  /** For the certificate store of each process. */
  source(): CertificateSource {
    let known = new Map<string, { readonly at: number; readonly found: Found }>();
    return {
      read: async () => {
        const { kysely } = this.#database;
        const current = await kysely
          .selectFrom('acme_certificate')
          .select(['name', 'updated_at'])
          .where('not_after', '>', this.#database.now())
          .execute();
        const changed = current.filter(({ name, updated_at: at }) => known.get(name)?.at !== at);
        const fresh = new Map(known);
        for (const { name, updated_at: at } of changed)
          fresh.set(name, { at, found: await this.#read(name) });
        known = new Map(current.map(({ name }) => [name, fresh.get(name)!]));
        return Array.from(known.values(), ({ found }) => found);
      },
    };
  }

  async #read(name: string): Promise<Found> {
    const origin = `ACME ${name}`;
    const row = await this.#database.kysely
      .selectFrom('acme_certificate')
      .select(['chain', 'key'])
      .where('name', '=', name)
      .executeTakeFirst();
    if (!row?.chain || !row.key) return { origin, problem: 'is gone' };
    return { origin, pair: { certificate: row.chain, key: row.key } };
  }

  async #set(
    name: string,
    values: Partial<{
      chain: string;
      key: string;
      not_after: number;
      updated_at: number;
      attempt_at: number;
      claimed_until: number;
      failures: number;
      problem: string | null;
    }>,
  ): Promise<void> {
    await this.#database.kysely
      .updateTable('acme_certificate')
      .set(values)
      .where('name', '=', name)
      .execute();
  }
}
