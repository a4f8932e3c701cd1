import type { AccountId, MailboxId } from '../../shared/mailbox/types.ts';
import type { ImapSession } from './session.ts';

/** The MAILBOXID of RFC 8474: mailboxes of others have numbers of their own accounts, which are told with them. */
export function mailboxObjectId(session: ImapSession, owner: AccountId, mailboxId: MailboxId): string {
  return owner === session.accountId ? mailboxId : `${owner}-${mailboxId}`;
}
