import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { readMailbox } from './mailbox-name.ts';

/** Which mailboxes a NOTIFY or an ESEARCH is about (RFC 5465 §6, RFC 7377 §2.2). Names are decoded. */
export type MailboxFilter =
  | { readonly filter: 'selected' | 'selected-delayed' | 'inboxes' | 'personal' | 'subscribed' }
  | { readonly filter: 'subtree' | 'subtree-one' | 'mailboxes'; readonly names: readonly string[] };

/** Names of one command: each is looked at for each mailbox. */
const MAX_NAMES = 1_000;

/** filter-mailboxes */
export function readMailboxFilter(cursor: Cursor): MailboxFilter {
  const filter = cursor.keyword().toLowerCase();
  switch (filter) {
    case 'selected':
    case 'selected-delayed':
    case 'inboxes':
    case 'personal':
    case 'subscribed':
      return { filter };
    case 'subtree':
    case 'subtree-one':
    case 'mailboxes':
      cursor.space();
      return { filter, names: readNames(cursor) };
    default:
      throw new ImapSyntaxError(`Unknown mailbox filter: ${filter}`);
  }
}

/** mailbox / "(" mailbox *(SP mailbox) ")" */
function readNames(cursor: Cursor): string[] {
  const names = cursor.atList() ? cursor.list(readMailbox) : [readMailbox(cursor)];
  if (names.length === 0) throw new ImapSyntaxError('Expected a mailbox');
  if (names.length > MAX_NAMES) throw new ImapSyntaxError('Too many mailboxes');
  return names;
}
