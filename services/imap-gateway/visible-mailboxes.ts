import { isRefusal } from '../../shared/mailbox/operations.ts';
import { type SharingAccount, sharingAccounts } from '../../shared/mailbox/sharing-accounts.ts';
import { HIERARCHY_DELIMITER, type MailboxInfo, SHARED_NAMESPACE } from '../../shared/mailbox/types.ts';
import { ancestors } from './ancestors.ts';
import { MAX_SHARING_ACCOUNTS, SHARING_ACCOUNTS_AT_ONCE } from './limits.ts';
import { wholePattern } from './mailbox-matcher.ts';
import { prefixOf } from './place.ts';
import type { ImapSession } from './session.ts';

/**
 * The account's mailboxes and subscriptions, INBOX first, and, where a pattern may reach them, those of others that it
 * may look up, with the names above them.
 */
export async function visibleMailboxes(
  session: ImapSession,
  reference: string,
  patterns: readonly string[],
): Promise<readonly MailboxInfo[]> {
  const { mailboxes } = await session.ask('list', {});
  const reaching = patterns.map((pattern) => wholePattern(reference, pattern)).filter(mayReachShared);
  if (reaching.length === 0) return mailboxes;
  const { database } = session.gateway.ports;
  const owners = (await sharingAccounts(database, session.account!, MAX_SHARING_ACCOUNTS)).filter(
    ({ address }) => reaching.some((pattern) => compatible(pattern, prefixOf(address))),
  );
  const shared: MailboxInfo[] = [];
  for (let at = 0; at < owners.length; at += SHARING_ACCOUNTS_AT_ONCE) {
    const group = owners.slice(at, at + SHARING_ACCOUNTS_AT_ONCE);
    shared.push(...(await Promise.all(group.map((owner) => sharedBy(session, owner)))).flat());
  }
  return shared.length === 0 ? mailboxes : together(mailboxes, shared);
}

async function sharedBy(session: ImapSession, owner: SharingAccount): Promise<MailboxInfo[]> {
  const reply = await session.gateway.ports.mailboxes.ask('list', session.asking(owner.accountId));
  // Deleted just now.
  if (isRefusal(reply)) return [];
  const prefix = prefixOf(owner.address);
  return reply.mailboxes.map((mailbox) => ({
    ...mailbox,
    name: prefix + mailbox.name,
    // Special to its owner; of two \Sent a client would take either.
    specialUse: null,
    subscribed: false,
  }));
}

/** Subscriptions to others' mailboxes are the account's own: names that there is no own mailbox for. */
function together(own: readonly MailboxInfo[], shared: readonly MailboxInfo[]): MailboxInfo[] {
  const byName = new Map(own.map((mailbox) => [mailbox.name, mailbox]));
  for (const mailbox of shared) {
    for (const parent of ancestors(mailbox.name))
      if (!byName.has(parent)) byName.set(parent, { ...mailbox, ...NOTHING, name: parent });
    byName.set(mailbox.name, { ...mailbox, subscribed: byName.get(mailbox.name)?.subscribed ?? false });
  }
  const [first, ...others] = byName.values();
  return [first!, ...others.sort((a, b) => (a.name < b.name ? -1 : 1))];
}

/** A name that only has children. */
const NOTHING = { exists: false, subscribed: false, specialUse: null, messages: 0, size: 0 } as const;

function mayReachShared(pattern: string): boolean {
  return compatible(pattern, SHARED_NAMESPACE + HIERARCHY_DELIMITER);
}

/** May a name that begins like this, or ends in the middle of it, match the pattern? */
function compatible(pattern: string, beginning: string): boolean {
  const literal = /^[^*%]*/.exec(pattern)![0];
  return beginning.startsWith(literal) || literal.startsWith(beginning);
}
