import { type MailboxRow, mailboxByName } from './mailbox-rows.ts';
import type { Turn } from './turn.ts';

/** The `mailbox_id` of annotations of the server, which are the account's own. */
export const SERVER = 0;
/** The `reader_id` of shared annotations. */
export const ALL_READERS = 0;

/** What a name of METADATA stands for: null: the server (RFC 5464 §4.2), undefined: nothing. */
export async function annotated(turn: Turn, name: string): Promise<MailboxRow | null | undefined> {
  if (name === '') return null;
  const mailbox = await mailboxByName(turn, name);
  return mailbox?.present ? mailbox : undefined;
}
