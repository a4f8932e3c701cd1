import type { Database } from '../database/port.ts';
import { createDefaultMailboxes } from '../mailbox/default-mailboxes.ts';
import { addressKey, MAX_ADDRESS_BYTES, splitAddress } from './address.ts';
import type { Account, ScramVerifier } from './port.ts';
import { type Quota, refuseQuota } from './quota.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';
import { MAX_PASSWORD_BYTES, makeVerifier, preparePassword } from './scram.ts';

export interface NewAccount {
  readonly address: string;
  readonly password: string;
  /** Bytes and messages; null or missing: unlimited. */
  readonly quotaBytes?: number | null;
  readonly quotaMessages?: number | null;
}

/**
 * Makes an account with its mailboxes (INBOX and the special-use ones) in one transaction.
 * Refusals: bad-address, bad-password, bad-quota, not-local (its domain is not ours), exists.
 */
export async function createAccount(
  database: Database,
  wanted: NewAccount,
  now: Date = new Date(),
): Promise<Account | DirectoryRefusal> {
  const address = readAccountAddress(wanted.address);
  if (typeof address !== 'string') return address;
  const quota = { quotaBytes: wanted.quotaBytes ?? null, quotaMessages: wanted.quotaMessages ?? null };
  const refused = refuseQuota(quota) ?? refusePassword(wanted.password);
  if (refused) return refused;
  return insertAccount(database, address, await makeVerifier(wanted.password), quota, now);
}

/** Refuses (bad-password) what could never be used to log in. */
export function refusePassword(password: string): DirectoryRefusal | undefined {
  if (preparePassword(password) !== undefined) return undefined;
  return password.length === 0
    ? refusal('bad-password', 'the password is empty')
    : refusal(
        'bad-password',
        `the password holds control characters or is longer than ${MAX_PASSWORD_BYTES} bytes`,
      );
}

function readAccountAddress(text: string): string | DirectoryRefusal {
  const key = addressKey(text);
  const parts = key === undefined ? undefined : splitAddress(key);
  if (key === undefined || parts === undefined || Buffer.byteLength(key) > MAX_ADDRESS_BYTES) {
    return refusal('bad-address', `'${text}' is not a mail address`);
  }
  if (parts.local.includes('+')) {
    return refusal('bad-address', `'${text}': what follows a + is a detail of an account, not its name`);
  }
  return key;
}

function insertAccount(
  database: Database,
  address: string,
  verifier: ScramVerifier,
  quota: Quota,
  now: Date,
): Promise<Account | DirectoryRefusal> {
  return database.transaction(async (trx) => {
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const ours = await trx
      .selectFrom('domain')
      .select('name')
      .where('name', '=', domain)
      .forKeyShare()
      .executeTakeFirst();
    if (!ours) return refusal('not-local', `the domain ${domain} is not one of ours`);
    const row = await trx
      .insertInto('account')
      .values({
        address,
        scram_salt: verifier.salt,
        scram_iterations: verifier.iterations,
        scram_stored_key: verifier.storedKey,
        scram_server_key: verifier.serverKey,
        quota_bytes: quota.quotaBytes,
        quota_messages: quota.quotaMessages,
        created_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('account_id')
      .executeTakeFirst();
    if (!row) return refusal('exists', `the account ${address} exists already`);
    const accountId = String(row.account_id);
    await createDefaultMailboxes(trx, accountId, now.getTime());
    return { accountId, address, enabled: true, ...quota };
  });
}
