import type { Database } from '../database/port.ts';
import { readDomain } from './address.ts';
import { inDomain } from './in-domain.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

/** Gives a domain up; its mail is remote from then on. Refusals: not-found; not-empty while it has accounts or aliases. */
export async function deleteDomain(
  database: Database,
  name: string,
): Promise<{ readonly deleted: string } | DirectoryRefusal> {
  const domain = readDomain(name) ?? name;
  return database.transaction(async (trx) => {
    const row = await trx
      .selectFrom('domain')
      .select('name')
      .where('name', '=', domain)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return refusal('not-found', `there is no domain ${domain}`);
    for (const table of ['account', 'alias'] as const) {
      const left = await trx
        .selectFrom(table)
        .select('address')
        .where(inDomain(domain))
        .limit(1)
        .executeTakeFirst();
      if (left) return refusal('not-empty', `the domain ${domain} still has the ${table} ${left.address}`);
    }
    await trx.deleteFrom('dkim_key').where('domain', '=', domain).execute();
    await trx.deleteFrom('domain').where('name', '=', domain).execute();
    return { deleted: domain };
  });
}
