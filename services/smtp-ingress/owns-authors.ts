import type { Account, AccountDirectory } from '../../shared/account/port.ts';
import { parseAddressList } from '../../shared/message/address.ts';
import { unfold } from '../../shared/message/header.ts';

/** Authors of one message that are looked up. */
const MAX_AUTHORS = 50;

/**
 * Whether all authors of a message (RFC 5322 §3.6.2) are addresses that the account may use: its own, their details, aliases that lead to it. `fields`:
 * values of the From fields, latin1; none of them: one of ours will be added. A From that names nobody is nobody's.
 */
export async function ownsAuthors(
  accounts: Pick<AccountDirectory, 'mayUseReversePath'>,
  account: Account,
  fields: readonly string[] | null,
): Promise<boolean> {
  if (fields === null) return false;
  for (const field of fields) {
    const authors = addressesIn(field);
    if (authors.size === 0 || authors.size > MAX_AUTHORS) return false;
    for (const author of authors)
      if (author === '' || !(await accounts.mayUseReversePath(account, author))) return false;
  }
  return true;
}

/** '' for one without a domain. */
function addressesIn(field: string): Set<string> {
  const found = new Set<string>();
  for (const { mailbox, host } of parseAddressList(unfold(field))) {
    // The ends of a group have no host, and its beginning no address.
    if (mailbox === null || host === null) continue;
    const address = host === '' ? '' : `${mailbox}@${host}`;
    found.add(Buffer.from(address, 'latin1').toString('utf8'));
  }
  return found;
}
