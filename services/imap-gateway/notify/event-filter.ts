import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import type { EventGroup, NotifyEvent } from '../../../shared/protocol/imap/commands/notify.ts';
import type { MailboxFilter } from '../../../shared/protocol/imap/mailbox-filter.ts';

/** What a filter looks at. */
export interface FilteredMailbox {
  readonly name: string;
  /** In the personal namespace. */
  readonly own: boolean;
  readonly subscribed: boolean;
}

/**
 * RFC 5465 §6, RFC 7377 §2.2. A Sieve script may file into any mailbox of the account, so that `inboxes` are all of them. What
 * is selected is not looked at.
 */
export function matchesFilter(filter: MailboxFilter, mailbox: FilteredMailbox): boolean {
  switch (filter.filter) {
    case 'selected':
    case 'selected-delayed':
      return false;
    case 'inboxes':
    case 'personal':
      return mailbox.own;
    case 'subscribed':
      return mailbox.subscribed;
    case 'mailboxes':
      return filter.names.includes(mailbox.name);
    case 'subtree':
      return filter.names.some((root) => isWithin(root, mailbox.name));
    case 'subtree-one':
      return filter.names.some((root) => isWithin(root, mailbox.name, 1));
  }
}

function isWithin(root: string, name: string, levels = Number.POSITIVE_INFINITY): boolean {
  if (name === root) return true;
  const start = root === '' ? '' : root + HIERARCHY_DELIMITER;
  if (!name.startsWith(start)) return false;
  return levels !== 1 || !name.slice(start.length).includes(HIERARCHY_DELIMITER);
}

/** Events of all groups that the mailbox is in. */
export function eventsOf(groups: readonly EventGroup[], mailbox: FilteredMailbox): ReadonlySet<NotifyEvent> {
  const events = new Set<NotifyEvent>();
  for (const group of groups)
    if (matchesFilter(group.mailboxes, mailbox)) for (const event of group.events) events.add(event);
  return events;
}
