import { sql } from 'kysely';
import type { Database } from '../database/port.ts';
import { addressKey } from './address.ts';
import type { DirectoryRefusal } from './refusal.ts';
import { noAccount, type UpdatedAccount } from './update-account.ts';

/** What goes with an account, beside its messages, whose bytes go when nothing points to them any more. */
const BELONGINGS = [
  'mailbox',
  'mailbox_acl',
  'annotation',
  'journal',
  'request_reply',
  'sieve_script',
  'sieve_seen',
  'account_message',
  'search_account',
  'search_cursor',
  'search_slices',
  'thread_reference',
  'app_password',
  'known_network',
  'web_session',
  'object_change',
  'upload',
  'account_object',
] as const;

/**
 * Deletes an account with its mailboxes and messages, and takes it out of all aliases and access control lists, in one
 * transaction. For ever.
 * Mail that was accepted for it and not yet delivered is returned to its senders by the store's housekeeping.
 * Refusals: not-found.
 */
export function deleteAccount(
  database: Database,
  address: string,
): Promise<UpdatedAccount | DirectoryRefusal> {
  const key = addressKey(address) ?? address;
  return database.transaction(async (trx) => {
    // Account, mailbox, messages: the order in which deliveries and turns take their locks.
    const account = await trx
      .deleteFrom('account')
      .where('address', '=', key)
      .returning('account_id')
      .executeTakeFirst();
    if (!account) return noAccount(key);
    await sql`with gone as (delete from mailbox_message where account_id = ${account.account_id} returning email_id)
      insert into message_release (email_id, released_at) select email_id, ${database.now()}::bigint from gone`.execute(
      trx,
    );
    for (const table of BELONGINGS) {
      await trx.deleteFrom(table).where('account_id', '=', account.account_id).execute();
    }
    await trx.deleteFrom('alias').where('target', '=', key).execute();
    await sql`delete from alias_owner o where not exists (select from alias a where a.address = o.address)`.execute(
      trx,
    );
    await trx.deleteFrom('annotation').where('reader_id', '=', account.account_id).execute();
    // Whoever gets the address next is somebody else.
    await trx
      .deleteFrom('mailbox_acl')
      .where('identifier', 'in', [key, `-${key}`])
      .execute();
    return { address: key, accountId: String(account.account_id) };
  });
}
