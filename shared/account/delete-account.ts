import type { Database } from '../database/port.ts';
import { addressKey } from './address.ts';
import type { DirectoryRefusal } from './refusal.ts';
import { noAccount, type UpdatedAccount } from './update-account.ts';

/** Everything of an account; the bytes of its messages go when nothing points to them any more. */
const BELONGINGS = ['mailbox', 'mailbox_message', 'journal', 'request_reply'] as const;

/**
 * Deletes an account with its mailboxes and messages, and takes it out of all aliases, in one transaction. For ever.
 * Refusals: not-found.
 */
export function deleteAccount(
  database: Database,
  address: string,
): Promise<UpdatedAccount | DirectoryRefusal> {
  const key = addressKey(address) ?? address;
  return database.transaction(async (trx) => {
    // Spool, account, mailbox, messages: the order in which deliveries and turns take their locks.
    await trx
      .deleteFrom('spool_local')
      .where('account_id', 'in', (query) =>
        query.selectFrom('account').select('account_id').where('address', '=', key),
      )
      .execute();
    const account = await trx
      .deleteFrom('account')
      .where('address', '=', key)
      .returning('account_id')
      .executeTakeFirst();
    if (!account) return noAccount(key);
    for (const table of BELONGINGS) {
      await trx.deleteFrom(table).where('account_id', '=', account.account_id).execute();
    }
    await trx.deleteFrom('alias').where('target', '=', key).execute();
    return { address: key, accountId: String(account.account_id) };
  });
}
