import type { Database } from '../database/port.ts';
import type { DirectoryRefusal } from './refusal.ts';
import { type UpdatedAccount, updateAccount } from './update-account.ts';

/** Lets an account log in, or not; its mail is accepted either way. Sessions under way go on. Refusals: not-found. */
export function setEnabled(
  database: Database,
  address: string,
  enabled: boolean,
): Promise<UpdatedAccount | DirectoryRefusal> {
  return updateAccount(database, address, { enabled });
}
