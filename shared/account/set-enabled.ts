import type { Database } from '../database/port.ts';
import type { DirectoryRefusal } from './refusal.ts';
import { updateAccount } from './update-account.ts';

/** Lets an account log in, or not; its mail is accepted either way. Sessions under way go on. Refusals: not-found. */
export function setEnabled(
  database: Database,
  address: string,
  enabled: boolean,
): Promise<{ readonly address: string } | DirectoryRefusal> {
  return updateAccount(database, address, { enabled });
}
