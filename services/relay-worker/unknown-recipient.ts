import type { AccountDirectory } from '../../shared/account/port.ts';
import { DatabaseUnavailable } from '../../shared/database/port.ts';
import type { RemoteEntry } from '../../shared/spool/remote.ts';
import { readDestination } from '../../shared/spool/routes/route.ts';
import { type Condition, permanent } from './condition.ts';

/**
 * Mail for one of our own domains is remote when the recipient's account was deleted under it, or when the domain
 * became ours while the mail waited. If the address is nobody's, that is said here: sent on, it would come back to us.
 * Throws `DatabaseUnavailable`.
 */
export function unknownRecipient(
  accounts: AccountDirectory,
): (entry: RemoteEntry) => Promise<Condition | null> {
  return async ({ destination, forwardPath, pinned }) => {
    try {
      const { domain } = readDestination(destination);
      if (pinned || domain === '' || !(await accounts.isLocalDomain(domain))) return null;
      const { kind } = await accounts.resolve(forwardPath);
      return kind === 'unknown' ? permanent('5.1.1', `nobody here has the address <${forwardPath}>`) : null;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      return null;
    }
  };
}
