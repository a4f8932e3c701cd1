import type { Database } from '../database/port.ts';
import { addressKey, aliasKey } from './address.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

export interface AliasOwner {
  readonly address: string;
  /** null: the alias is no mailing list. */
  readonly owner: string | null;
}

/**
 * Makes an alias a mailing list, or no longer one: what goes to its members comes from `owner-<list>`, which is the owner's
 * (RFC 5321 §3.9.2). Refusals: bad-address, not-found (no such alias).
 */
export async function setAliasOwner(
  database: Database,
  wanted: AliasOwner,
): Promise<AliasOwner | DirectoryRefusal> {
  const address = aliasKey(wanted.address);
  if (address === undefined || address.startsWith('@'))
    return refusal('bad-address', `'${wanted.address}' cannot be a mailing list`);
  const owner = wanted.owner === null ? null : addressKey(wanted.owner);
  if (owner === undefined) return refusal('bad-address', `'${wanted.owner}' is not a mail address`);
  return database.transaction(async (trx) => {
    const alias = await trx
      .selectFrom('alias')
      .select('address')
      .where('address', '=', address)
      .limit(1)
      .executeTakeFirst();
    if (!alias) return refusal('not-found', `there is no alias ${address}`);
    await trx.deleteFrom('alias_owner').where('address', '=', address).execute();
    if (owner !== null) await trx.insertInto('alias_owner').values({ address, owner }).execute();
    return { address, owner };
  });
}
