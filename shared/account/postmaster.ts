import type { Database } from '../database/port.ts';

const OLDEST_ACCOUNT = `
  select address from account
   where $1::text = '' or right(address, length($1::text) + 1) = '@' || $1::text
   order by account_id limit 1`;

/** Address of the first account made in a domain; of the server when the domain is ''. */
export async function readOldestAccount(database: Database, domain: string): Promise<string | undefined> {
  const rows = await database.prepared<{ address: string }>('account-oldest', OLDEST_ACCOUNT, [domain]);
  return rows[0]?.address;
}

/** The first domain made: what a bare `postmaster` belongs to. */
export async function readOldestDomain(database: Database): Promise<string | undefined> {
  const rows = await database.prepared<{ name: string }>(
    'domain-oldest',
    'select name from domain order by created_at, name limit 1',
    [],
  );
  return rows[0]?.name;
}
