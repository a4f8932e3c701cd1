import type { Database } from '../database/port.ts';
import { readDomain } from './address.ts';
import type { Alias } from './create-alias.ts';
import { inDomain } from './in-domain.ts';

/** A page by address: at most `limit` aliases after `after`, of one domain when given. */
export async function listAliases(
  database: Database,
  page: { readonly domain?: string; readonly after?: string; readonly limit: number },
): Promise<Alias[]> {
  const addresses = database.kysely
    .selectFrom('alias')
    .select('address')
    .distinct()
    .where('address', '>', page.after ?? '')
    .$if(page.domain !== undefined, (query) => query.where(inDomain(readDomain(page.domain ?? '') ?? '')))
    .orderBy('address')
    .limit(page.limit);
  const rows = await database.kysely
    .selectFrom('alias')
    .select(['address', 'target'])
    .where('address', 'in', addresses)
    .orderBy('address')
    .orderBy('target')
    .execute();
  const aliases = new Map<string, string[]>();
  for (const { address, target } of rows) {
    const targets = aliases.get(address);
    if (targets) targets.push(target);
    else aliases.set(address, [target]);
  }
  return [...aliases].map(([address, targets]) => ({ address, targets }));
}
