import type { Mailbox, Role } from '../jmap/types.ts';

export interface MailboxNode {
  readonly mailbox: Mailbox;
  readonly depth: number;
  readonly hasChildren: boolean;
}

const ORDER: readonly (Role | null)[] = [
  'inbox',
  'flagged',
  'important',
  'drafts',
  'sent',
  'archive',
  'all',
  'junk',
  'trash',
  null,
];

/** In the order they are shown: by role, by sortOrder, by name; children under their parent. */
export function mailboxTree(
  mailboxes: readonly Mailbox[],
  collapsed: ReadonlySet<string>,
): readonly MailboxNode[] {
  const known = new Set(mailboxes.map(({ id }) => id));
  const children = new Map<string | null, Mailbox[]>();
  for (const mailbox of mailboxes) {
    const parent = mailbox.parentId !== null && known.has(mailbox.parentId) ? mailbox.parentId : null;
    children.set(parent, [...(children.get(parent) ?? []), mailbox]);
  }
  const nodes: MailboxNode[] = [];
  const add = (parent: string | null, depth: number): void => {
    for (const mailbox of (children.get(parent) ?? []).sort(compare)) {
      const hasChildren = children.has(mailbox.id);
      nodes.push({ mailbox, depth, hasChildren });
      if (hasChildren && !collapsed.has(mailbox.id)) add(mailbox.id, depth + 1);
    }
  };
  add(null, 0);
  return nodes;
}

function compare(a: Mailbox, b: Mailbox): number {
  return (
    ORDER.indexOf(a.role) - ORDER.indexOf(b.role) ||
    a.sortOrder - b.sortOrder ||
    a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: 'base' })
  );
}
