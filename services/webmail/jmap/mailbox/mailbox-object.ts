import { HIERARCHY_DELIMITER, type MailboxInfo, type SpecialUse } from '../../../../shared/mailbox/types.ts';
import type { JsonObject } from '../method.ts';

/** Properties of a Mailbox (RFC 8621 §2). */
export const MAILBOX_PROPERTIES = [
  'id',
  'name',
  'parentId',
  'role',
  'sortOrder',
  'totalEmails',
  'unreadEmails',
  'totalThreads',
  'unreadThreads',
  'myRights',
  'isSubscribed',
];

export type Role = 'inbox' | Lowercase<SpecialUse>;

/** Where a mailbox stands that nobody has put anywhere. */
const ORDER: Readonly<Record<Role, number>> = {
  inbox: 1,
  drafts: 2,
  sent: 3,
  flagged: 4,
  archive: 5,
  all: 6,
  junk: 8,
  trash: 9,
};
const ORDINARY = 7;

export function roleOf({ name, specialUse }: Pick<MailboxInfo, 'name' | 'specialUse'>): Role | null {
  if (name === 'INBOX') return 'inbox';
  return specialUse === null ? null : (specialUse.toLowerCase() as Role);
}

/** Mailboxes that a client is shown: those that are there, and names that only have children. */
export function shownMailboxes(mailboxes: readonly MailboxInfo[]): MailboxInfo[] {
  const parents = new Set<string>();
  for (const { name, exists } of mailboxes) {
    if (!exists) continue;
    for (let at = name.indexOf(HIERARCHY_DELIMITER); at > 0; at = name.indexOf(HIERARCHY_DELIMITER, at + 1))
      parents.add(name.slice(0, at));
  }
  return mailboxes.filter(({ name, exists }) => exists || parents.has(name));
}

export function parentName(name: string): string | null {
  const at = name.lastIndexOf(HIERARCHY_DELIMITER);
  return at < 0 ? null : name.slice(0, at);
}

export const lastLevel = (name: string): string => name.slice(name.lastIndexOf(HIERARCHY_DELIMITER) + 1);

export interface Counts {
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
}

/** @param ids of all mailboxes by name. @param counts those that were asked for. */
export function mailboxObject(
  info: MailboxInfo,
  ids: ReadonlyMap<string, string>,
  counts: Partial<Counts>,
): JsonObject {
  const parent = parentName(info.name);
  const role = roleOf(info);
  return {
    id: info.mailboxId,
    name: role === 'inbox' ? 'Inbox' : lastLevel(info.name),
    parentId: parent === null ? null : (ids.get(parent) ?? null),
    role,
    sortOrder: info.sortOrder ?? (role === null ? ORDINARY : ORDER[role]),
    ...counts,
    myRights: {
      mayReadItems: info.exists,
      mayAddItems: info.exists,
      mayRemoveItems: info.exists,
      maySetSeen: info.exists,
      maySetKeywords: info.exists,
      mayCreateChild: true,
      mayRename: role !== 'inbox',
      mayDelete: role !== 'inbox' && info.exists,
      maySubmit: true,
    },
    isSubscribed: info.subscribed,
  };
}
