import type { Updateable } from 'kysely';
import type { Database } from '../database/port.ts';
import type { Schema } from '../database/schema.ts';
import type { AccountId } from '../mailbox/types.ts';
import { addressKey } from './address.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';

export interface UpdatedAccount {
  readonly address: string;
  readonly accountId: AccountId;
}

/** Changes columns of one account. Refusals: not-found. */
export async function updateAccount(
  database: Database,
  address: string,
  change: Updateable<Schema['account']>,
): Promise<UpdatedAccount | DirectoryRefusal> {
  const key = addressKey(address) ?? address;
  const row = await database.kysely
    .updateTable('account')
    .set(change)
    .where('address', '=', key)
    .returning(['address', 'account_id'])
    .executeTakeFirst();
  return row ? { address: row.address, accountId: String(row.account_id) } : noAccount(key);
}

export function noAccount(address: string): DirectoryRefusal {
  return refusal('not-found', `there is no account ${address}`);
}
