import { MAX_KEYWORDS } from '../../../shared/mailbox/types.ts';
import { insertMessages } from '../insert-messages.ts';
import { mailboxByName } from '../mailbox-rows.ts';
import { overQuota } from '../over-quota.ts';
import { answered, remember } from '../request-replies.ts';
import { type Operation, refuse } from '../turn.ts';

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
  if (await overQuota(turn, messages.length, bytes))
    return refuse('over-quota', 'the account is over its quota');

  return turn.commit(async (trx) => {
    const { uids, modSeq } = await insertMessages(trx, turn, mailbox, messages);
    return remember(trx, turn, request.requestId, {
      mailboxId: String(mailbox.mailbox_id),
      uidValidity: mailbox.uid_validity,
      uids,
      modSeq,
    });
  });
};
