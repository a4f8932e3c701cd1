import type { MailboxRequest } from '../../../shared/mailbox/operations.ts';
import { MAX_KEYWORDS } from '../../../shared/mailbox/types.ts';
import { insertMessages } from '../insert-messages.ts';
import { type MailboxRow, mailboxById, mailboxByName } from '../mailbox-rows.ts';
import { overQuota } from '../over-quota.ts';
import { answered, remember } from '../request-replies.ts';
import { type Operation, refuse, type Turn } from '../turn.ts';
import { removeMessages } from './expunge.ts';

/** Messages of one APPEND at most (MULTIAPPEND). */
const MAX_MESSAGES = 1_000;

export const append: Operation<'append'> = async (turn, request) => {
  const before = await answered<'append'>(turn, request.requestId);
  if (before !== undefined) return before;
  const { messages } = request;
  const mailbox = await mailboxByName(turn, request.name);
  if (!mailbox?.present) return refuse('not-found', 'no such mailbox');
  if (messages.length > MAX_MESSAGES) return refuse('limit', 'too many messages at once');
  if (messages.some(({ flags }) => flags.keywords.length > MAX_KEYWORDS)) {
    return refuse('limit', 'too many keywords on a message');
  }
  const bytes = messages.reduce((sum, message) => sum + message.size, 0);
  const replaced = request.replaces && (await replacedMessage(turn, request.replaces));
  if (request.replaces !== undefined && replaced === undefined) return GONE;
  const freed = replaced === undefined ? { messages: 0, bytes: 0 } : { messages: 1, bytes: replaced.size };
  if (await overQuota(turn, messages.length - freed.messages, bytes - freed.bytes))
    return refuse('over-quota', 'the account is over its quota');

  return turn.commit(async (trx) => {
    const { uids, modSeq } = await insertMessages(trx, turn, mailbox, messages);
    const removed =
      replaced &&
      (await removeMessages(
        trx,
        turn,
        replaced.mailbox,
        { low: [replaced.uid], high: [replaced.uid] },
        true,
      ));
    return remember(trx, turn, request.requestId, {
      mailboxId: String(mailbox.mailbox_id),
      uidValidity: mailbox.uid_validity,
      uids,
      modSeq: removed?.modSeq ?? modSeq,
    });
  });
};

const GONE = refuse('expunged', 'the message to be replaced no longer exists');

async function replacedMessage(
  turn: Turn,
  { mailboxId, uid }: NonNullable<MailboxRequest<'append'>['replaces']>,
): Promise<{ mailbox: MailboxRow; uid: number; size: number } | undefined> {
  const mailbox = await mailboxById(turn, mailboxId);
  if (mailbox === undefined) return undefined;
  const [row] = await turn.database.prepared<{ size: number }>(
    'message_size',
    'select size from mailbox_message where account_id = $1 and mailbox_id = $2 and uid = $3',
    [turn.account, mailbox.mailbox_id, uid],
  );
  return row && { mailbox, uid, size: row.size };
}
