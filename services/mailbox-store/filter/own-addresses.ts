import type { Database } from '../../../shared/database/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';

/** Aliases looked at; who has more of them is a list. */
const MAX_ALIASES = 500;

/** The account's address and those of the aliases that name it: what `vacation` may answer for (RFC 5230 §4.5). */
export async function ownAddresses(database: Database, account: AccountId): Promise<string[]> {
  const rows = await database.prepared<{ address: string }>(
    'own_addresses',
    `(select address from account where account_id = $1)
     union (select l.address from alias l join account a on l.target = a.address where a.account_id = $1 limit $2)`,
    [account, MAX_ALIASES],
  );
  return rows.map(({ address }) => address);
}
