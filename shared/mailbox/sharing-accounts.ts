import type { Database } from '../database/port.ts';
import { groupOfDomain } from './acl-identifier.ts';
import type { AccountId } from './types.ts';

export interface SharingAccount {
  readonly accountId: AccountId;
  readonly address: string;
}

/**
 * Accounts with a mailbox whose access control list names this account, or a group that it is in; by address, at most
 * `limit`. What exactly they let it do is for their actors to say.
 */
export async function sharingAccounts(
  database: Database,
  { accountId, address }: SharingAccount,
  limit: number,
): Promise<SharingAccount[]> {
  const rows = await database.prepared<{ account_id: number; address: string }>(
    'sharing_accounts',
    `select o.account_id, o.address from account o
     where o.account_id <> $1 and o.account_id in (
       select account_id from mailbox_acl where identifier in
         (select address from alias where target = $2 and address not like '@%' union all select $2 union all select $3))
     order by o.address limit $4`,
    [accountId, address, groupOfDomain(address), limit],
  );
  return rows.map((row) => ({ accountId: String(row.account_id), address: row.address }));
}
