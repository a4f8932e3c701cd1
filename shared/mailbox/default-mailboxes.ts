import type { Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';
import type { SpecialUse } from './types.ts';

/** INBOX is mailbox 1 of every account: delivery rests on it. */
export const INBOX_ID = 1;

const DEFAULTS: readonly (readonly [string, SpecialUse | null])[] = [
  ['INBOX', null],
  ['Drafts', 'Drafts'],
  ['Sent', 'Sent'],
  ['Junk', 'Junk'],
  ['Trash', 'Trash'],
  ['Archive', 'Archive'],
];

/** Gives a new account its mailboxes, in the transaction that creates it. `now` in Unix milliseconds. */
export async function createDefaultMailboxes(
  trx: Transaction<Schema>,
  accountId: string | number,
  now: number,
): Promise<void> {
  const first = Math.floor(now / 1000);
  await trx
    .insertInto('mailbox')
    .values(
      DEFAULTS.map(([name, specialUse], index) => ({
        account_id: accountId,
        mailbox_id: INBOX_ID + index,
        name,
        uid_validity: first + index,
        special_use: specialUse,
      })),
    )
    .execute();
  await trx
    .updateTable('account')
    .set({ mailbox_next: INBOX_ID + DEFAULTS.length, uid_validity_last: first + DEFAULTS.length - 1 })
    .where('account_id', '=', Number(accountId))
    .execute();
}
