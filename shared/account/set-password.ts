import type { Database } from '../database/port.ts';
import { refusePassword } from './create-account.ts';
import { type DirectoryRefusal, isDirectoryRefusal } from './refusal.ts';
import { makeVerifier } from './scram.ts';
import { type UpdatedAccount, updateAccount } from './update-account.ts';

/**
 * Gives an account a new password; the old one is refused within a few seconds, and so are its app passwords, which have the old
 * salt: whoever changes a password for fear that it is known wants them gone. Refusals: not-found, bad-password.
 */
export async function setPassword(
  database: Database,
  address: string,
  password: string,
): Promise<UpdatedAccount | DirectoryRefusal> {
  const refused = refusePassword(password);
  if (refused) return refused;
  const verifier = await makeVerifier(password);
  const updated = await updateAccount(database, address, {
    scram_salt: verifier.salt,
    scram_iterations: verifier.iterations,
    scram_stored_key: verifier.storedKey,
    scram_server_key: verifier.serverKey,
  });
  if (isDirectoryRefusal(updated)) return updated;
  await database.kysely
    .deleteFrom('app_password')
    .where('account_id', '=', Number(updated.accountId))
    .where('salt', '!=', verifier.salt)
    .execute();
  return updated;
}
