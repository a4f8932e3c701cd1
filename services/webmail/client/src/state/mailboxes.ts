import { computed, signal } from '@preact/signals';
import type { GetResponse, Id, Mailbox, Role } from '../jmap/types.ts';
import { mailboxTree } from '../model/mailbox-tree.ts';
import { collapsedMailboxes } from './preferences.ts';
import { server } from './session.ts';

export const mailboxes = signal<readonly Mailbox[] | undefined>(undefined);

const PROPERTIES = [
  'name',
  'parentId',
  'role',
  'sortOrder',
  'totalEmails',
  'unreadEmails',
  'totalThreads',
  'unreadThreads',
  'isSubscribed',
  'myRights',
];

export async function loadMailboxes(): Promise<void> {
  const { list } = await server().call<GetResponse<Mailbox>>('Mailbox/get', {
    ids: null,
    properties: PROPERTIES,
  });
  mailboxes.value = list;
}

export const tree = computed(() => mailboxTree(mailboxes.value ?? [], collapsedMailboxes.value));

export const byId = (id: Id): Mailbox | undefined => mailboxes.value?.find((one) => one.id === id);
export const byRole = (role: Role): Mailbox | undefined => mailboxes.value?.find((one) => one.role === role);

/** `name` is an id, or a role as the address has it. */
export const find = (name: string): Mailbox | undefined => byId(name) ?? byRole(name as Role);

/** What stands in the address for a mailbox. */
export const nameInRoute = (mailbox: Mailbox): string => mailbox.role ?? mailbox.id;

/** Counts change at once when messages do; the server's own come after. */
export function countMoved(id: Id, total: number, unread: number): void {
  mailboxes.value = mailboxes.value?.map((one) =>
    one.id === id
      ? {
          ...one,
          totalEmails: Math.max(0, one.totalEmails + total),
          unreadEmails: Math.max(0, one.unreadEmails + unread),
        }
      : one,
  );
}
