import { sharingAccounts } from '../../../shared/mailbox/sharing-accounts.ts';
import { type AccountId, HIERARCHY_DELIMITER, SHARED_NAMESPACE } from '../../../shared/mailbox/types.ts';
import type { MailboxFilter } from '../../../shared/protocol/imap/mailbox-filter.ts';
import { MAX_SHARING_ACCOUNTS } from '../limits.ts';
import { prefixOf, splitShared } from '../place.ts';
import type { ImapSession } from '../session.ts';

export interface WatchedAccount {
  readonly owner: AccountId;
  /** Of its mailboxes' names, for who asks. */
  readonly prefix: string;
}

/** Whose mailboxes such filters may be about: always the account's own, and of others those that share with it or are named. */
export async function watchedAccounts(
  session: ImapSession,
  filters: readonly MailboxFilter[],
): Promise<WatchedAccount[]> {
  const watched = new Map<AccountId, WatchedAccount>();
  watched.set(session.accountId, { owner: session.accountId, prefix: '' });
  const names = filters.flatMap((filter) => ('names' in filter ? filter.names : []));
  if (filters.some(reachesAll)) {
    const { database } = session.gateway.ports;
    for (const { accountId, address } of await sharingAccounts(
      database,
      session.account!,
      MAX_SHARING_ACCOUNTS,
    ))
      watched.set(accountId, { owner: accountId, prefix: prefixOf(address) });
  }
  const addresses = new Set(names.flatMap((name) => splitShared(name)?.address ?? []));
  for (const address of [...addresses].slice(0, MAX_SHARING_ACCOUNTS)) {
    const account = await session.gateway.ports.accounts.find(address);
    if (account === undefined || account.accountId === session.accountId) continue;
    watched.set(account.accountId, { owner: account.accountId, prefix: prefixOf(account.address) });
  }
  return [...watched.values()];
}

/** True when mailboxes of accounts that it does not name may be meant. */
function reachesAll(filter: MailboxFilter): boolean {
  if (filter.filter === 'subscribed') return true;
  if (filter.filter !== 'subtree' && filter.filter !== 'subtree-one') return false;
  return filter.names.some(
    (name) =>
      name === '' || name === SHARED_NAMESPACE || name === `${SHARED_NAMESPACE}${HIERARCHY_DELIMITER}`,
  );
}
