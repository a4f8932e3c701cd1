import type { Database } from '../database/port.ts';
import { type Quota, refuseQuota } from './quota.ts';
import type { DirectoryRefusal } from './refusal.ts';
import { type UpdatedAccount, updateAccount } from './update-account.ts';

/** Sets both limits of an account. Mail above a limit is kept; only new mail is refused. Refusals: not-found, bad-quota. */
export async function setQuota(
  database: Database,
  address: string,
  quota: Quota,
): Promise<UpdatedAccount | DirectoryRefusal> {
  return (
    refuseQuota(quota) ??
    updateAccount(database, address, { quota_bytes: quota.quotaBytes, quota_messages: quota.quotaMessages })
  );
}
