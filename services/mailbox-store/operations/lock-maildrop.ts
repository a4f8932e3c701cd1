import { mailboxByName } from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';

export const lockMaildrop: Operation<'lockMaildrop'> = async (turn, { session }) => {
  const inbox = await mailboxByName(turn, 'INBOX');
  if (inbox === undefined) return refuse('no-account', 'no such account');
  if (!turn.maildrop.lock(session)) return refuse('in-use', 'the maildrop is in use by another session');
  return { mailboxId: String(inbox.mailbox_id) };
};
