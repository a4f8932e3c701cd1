import { isRefusal } from '../../../shared/mailbox/operations.ts';
import {
  type AccountId,
  HIERARCHY_DELIMITER,
  type MailboxInfo,
  SHARED_NAMESPACE,
} from '../../../shared/mailbox/types.ts';
import { mailboxRefusal } from '../refusals.ts';
import type { ImapSession } from '../session.ts';
import type { FilteredMailbox } from './event-filter.ts';
import type { WatchedAccount } from './watched-accounts.ts';

/** A mailbox as it was when its account was last asked for a list. */
export interface KnownMailbox extends FilteredMailbox {
  readonly key: string;
  readonly owner: AccountId;
  readonly info: MailboxInfo;
  /** The rights `l` and `r`, which all events ask for (RFC 5465 §5). */
  readonly readable: boolean;
}

export interface KnownMailboxes {
  /** Those that exist, by `keyOf`. */
  readonly byKey: ReadonlyMap<string, KnownMailbox>;
  readonly byName: ReadonlyMap<string, KnownMailbox>;
  /** Names, of mailboxes that exist or not. */
  readonly subscribed: ReadonlySet<string>;
  /** By `keyOf` and entry name (`annotationKey`): digests of the values. */
  readonly annotations: ReadonlyMap<string, string>;
}

export function keyOf(owner: AccountId, mailboxId: string): string {
  return `${owner}/${mailboxId}`;
}

export function annotationKey(owner: AccountId, mailboxId: string, entry: string): string {
  return `${keyOf(owner, mailboxId)}${entry}`;
}

/** Also of mailboxes of others, whose subscriptions are the account's own. */
export function isOwnName(name: string): boolean {
  return !name.startsWith(SHARED_NAMESPACE + HIERARCHY_DELIMITER);
}

/** Throws `Refused` when the account itself cannot be asked; another that is gone has no mailboxes. */
export async function loadMailboxes(
  session: ImapSession,
  accounts: readonly WatchedAccount[],
  annotated: boolean,
): Promise<KnownMailboxes> {
  const { mailboxes } = session.gateway;
  const byKey = new Map<string, KnownMailbox>();
  const byName = new Map<string, KnownMailbox>();
  const annotations = new Map<string, string>();
  const subscribed = new Set<string>();
  for (const { owner, prefix } of accounts) {
    const own = owner === session.accountId;
    const reply = await mailboxes.list(session.asking(owner));
    if (isRefusal(reply)) {
      if (own) throw mailboxRefusal(reply);
      continue;
    }
    for (const info of reply.mailboxes) {
      if (own && info.subscribed) subscribed.add(info.name);
      if (!info.exists || (own && !isOwnName(info.name))) continue;
      const name = prefix + info.name;
      const readable = info.rights === undefined || info.rights.includes('r');
      const key = keyOf(owner, info.mailboxId);
      const mailbox = { key, owner, name, own, readable, subscribed: subscribed.has(name), info };
      byKey.set(key, mailbox);
      byName.set(name, mailbox);
    }
    if (!annotated) continue;
    const found = await session.gateway.ports.mailboxes.ask('annotations', session.asking(owner));
    if (isRefusal(found)) {
      if (own) throw mailboxRefusal(found);
      continue;
    }
    for (const { mailboxId, entry, digest } of found.annotations)
      annotations.set(annotationKey(owner, mailboxId, entry), digest);
  }
  return { byKey, byName, subscribed, annotations };
}
