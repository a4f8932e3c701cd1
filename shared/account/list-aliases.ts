import type { Database } from '../database/port.ts';
import { readDomain } from './address.ts';
import type { Alias } from './create-alias.ts';
import { inDomain } from './in-domain.ts';

export interface ListedAlias extends Alias {
  /** null: no mailing list. */
  readonly owner: string | null;
}

/** A page by address: at most `limit` aliases after `after`, of one domain when given. */
export async function listAliases(
  database: Database,
  page: { readonly domain?: string; readonly after?: string; readonly limit: number },
): Promise<ListedAlias[]> {
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
    .leftJoin('alias_owner', 'alias_owner.address', 'alias.address')
    .select(['alias.address', 'target', 'owner'])
    .where('alias.address', 'in', addresses)
    .orderBy('alias.address')
    .orderBy('target')
    .execute();
  const aliases = new Map<string, { targets: string[]; owner: string | null }>();
  for (const { address, target, owner } of rows) {
    const alias = aliases.get(address);
    if (alias) alias.targets.push(target);
    else aliases.set(address, { targets: [target], owner });
  }
  return [...aliases].map(([address, alias]) => ({ address, ...alias }));
}
