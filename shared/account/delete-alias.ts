import type { Database } from '../database/port.ts';
import { aliasKey, splitAddress } from './address.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

/** Removes an alias, or one target of it; without any, it is no mailing list any more. Refusals: not-found. */
export async function deleteAlias(
  database: Database,
  address: string,
  target?: string,
): Promise<{ readonly address: string; readonly targets: readonly string[] } | DirectoryRefusal> {
  const key = aliasKey(address) ?? address;
  const parts = target === undefined ? undefined : splitAddress(target);
  const spellings = parts
    ? [`${parts.local}@${parts.domain}`, `${parts.local.toLowerCase()}@${parts.domain}`]
    : [];
  const rows = await database.transaction(async (trx) => {
    const gone = await trx
      .deleteFrom('alias')
      .where('address', '=', key)
      .$if(target !== undefined, (query) => query.where('target', 'in', [target ?? '', ...spellings]))
      .returning('target')
      .execute();
    const left = await trx.selectFrom('alias').select('target').where('address', '=', key).limit(1).execute();
    if (left.length === 0) await trx.deleteFrom('alias_owner').where('address', '=', key).execute();
    return gone;
  });
  if (rows.length > 0) return { address: key, targets: rows.map((row) => row.target).sort() };
  return refusal(
    'not-found',
    target === undefined ? `there is no alias ${key}` : `${key} does not lead to ${target}`,
  );
}
