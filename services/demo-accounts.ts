import { createAccount } from '../shared/account/create-account.ts';
import { createDomain } from '../shared/account/create-domain.ts';
import type { Database } from '../shared/database/port.ts';

export const DEMO_DOMAIN = 'example.test';
export const DEMO_ADDRESSES = ['alice@example.test', 'bob@example.test'] as const;

/** What a first start finds: a domain with two accounts. False, and nothing done, when there is a domain already. */
export async function createDemoAccounts(database: Database, password: string): Promise<boolean> {
  const existing = await database.kysely.selectFrom('domain').select('name').limit(1).execute();
  if (existing.length > 0) return false;
  // Replicas that start together: the loser of the race finds the domain there.
  const domain = await createDomain(database, DEMO_DOMAIN);
  if ('refused' in domain) return false;
  for (const address of DEMO_ADDRESSES) {
    const account = await createAccount(database, { address, password });
    if ('refused' in account)
      throw new Error(`the demo account ${address} could not be made: ${account.text}`);
  }
  return true;
}
