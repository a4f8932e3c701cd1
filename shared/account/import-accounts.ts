import type { Database } from '../database/port.ts';
import { createAccount, type NewAccount } from './create-account.ts';
import type { Account } from './port.ts';
import type { DirectoryRefusal } from './refusal.ts';

/** Accounts a call: about a second of key derivation on one core. */
export const MAX_IMPORTED_ACCOUNTS = 500;
/** As many derivations at a time as libuv has threads. */
const AT_A_TIME = 4;

/** Makes many accounts, each on its own: a refused one does not stop the others. Outcomes in the order given. */
export async function importAccounts(
  database: Database,
  wanted: readonly NewAccount[],
): Promise<(Account | DirectoryRefusal)[]> {
  const outcomes: (Account | DirectoryRefusal)[] = [];
  for (let from = 0; from < wanted.length; from += AT_A_TIME) {
    const some = wanted.slice(from, from + AT_A_TIME);
    outcomes.push(...(await Promise.all(some.map((account) => createAccount(database, account)))));
  }
  return outcomes;
}
