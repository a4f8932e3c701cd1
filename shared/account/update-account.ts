import type { Updateable } from 'kysely';
import type { Database } from '../database/port.ts';
import type { Schema } from '../database/schema.ts';
import { addressKey } from './address.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

/** Changes columns of one account. Refusals: not-found. */
export async function updateAccount(
  database: Database,
  address: string,
  change: Updateable<Schema['account']>,
): Promise<{ readonly address: string } | DirectoryRefusal> {
  const key = addressKey(address) ?? address;
  const row = await database.kysely
    .updateTable('account')
    .set(change)
    .where('address', '=', key)
    .returning('address')
    .executeTakeFirst();
  return row ? { address: row.address } : noAccount(key);
}

export function noAccount(address: string): DirectoryRefusal {
  return refusal('not-found', `there is no account ${address}`);
}
