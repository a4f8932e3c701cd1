import type { Database } from '../database/port.ts';
import { readDomain } from './address.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

export interface Domain {
  /** Lower case. */
  readonly name: string;
  readonly createdAt: Date;
}

/** Makes a domain ours: from now on (a few seconds) its mail is accepted. Refusals: bad-domain, exists. */
export async function createDomain(database: Database, name: string): Promise<Domain | DirectoryRefusal> {
  const domain = readDomain(name);
  if (domain === undefined || domain.startsWith('[')) {
    return refusal('bad-domain', `'${name}' is not a domain name`);
  }
  const row = await database.kysely
    .insertInto('domain')
    .values({ name: domain })
    .onConflict((conflict) => conflict.doNothing())
    .returning('created_at')
    .executeTakeFirst();
  return row
    ? { name: domain, createdAt: row.created_at }
    : refusal('exists', `the domain ${domain} exists already`);
}
