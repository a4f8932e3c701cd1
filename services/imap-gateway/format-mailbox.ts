import { formatMailboxName } from '../../shared/protocol/imap/mailbox-name.ts';
import type { ImapSession } from './session.ts';

/** A mailbox name for a response, in the encoding that the client has enabled. */
export function formatMailbox(session: ImapSession, name: string): string {
  return formatMailboxName(name, session.engine.utf8);
}
