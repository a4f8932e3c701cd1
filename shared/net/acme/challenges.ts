import type { Database } from '../../database/port.ts';

/** An authority comes within seconds; what was left behind goes with the next one. Milliseconds. */
const LIFETIME_MS = 3_600_000;

/** What authorities will ask for, for all replicas: whichever they come to must know the answer. */
export class AcmeChallenges {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(token: string, domain: string, response: string): Promise<void> {
    const now = this.#database.now();
    const { kysely } = this.#database;
    await kysely.deleteFrom('acme_challenge').where('expires_at', '<', now).execute();
    await kysely
      .insertInto('acme_challenge')
      .values({ token, domain, response, expires_at: now + LIFETIME_MS })
      .onConflict((conflict) => conflict.column('token').doUpdateSet({ response }))
      .execute();
  }

  async remove(token: string): Promise<void> {
    await this.#database.kysely.deleteFrom('acme_challenge').where('token', '=', token).execute();
  }

  byToken(token: string): Promise<string | undefined> {
    return this.#response('token', token);
  }

  byDomain(domain: string): Promise<string | undefined> {
    return this.#response('domain', domain);
  }

  async #response(column: 'token' | 'domain', value: string): Promise<string | undefined> {
    const found = await this.#database.kysely
      .selectFrom('acme_challenge')
      .select('response')
      .where(column, '=', value)
      .orderBy('expires_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    return found?.response;
  }
}
