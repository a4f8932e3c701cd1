import { sql } from 'kysely';
import { Flag, MAX_KEYWORDS } from '../../../shared/mailbox/types.ts';
import { distinctKeywords } from '../keywords.ts';
import { JOURNAL_APPENDED, mailboxByName, nextModSeq, writeJournal } from '../mailbox-rows.ts';
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
    const modSeq = await nextModSeq(trx, turn, messages.length, bytes);
    const unseen = messages.filter(({ flags }) => (flags.system & Flag.Seen) === 0).length;
    const deleted = messages.filter(({ flags }) => (flags.system & Flag.Deleted) !== 0).length;
    const { uid_next: uidNext } = await trx
      .updateTable('mailbox')
      .set((eb) => ({
        uid_next: eb('uid_next', '+', messages.length),
        mod_seq: modSeq,
        messages: eb('messages', '+', messages.length),
        unseen: eb('unseen', '+', unseen),
        deleted: eb('deleted', '+', deleted),
        bytes: eb('bytes', '+', bytes),
      }))
      .where('account_id', '=', mailbox.account_id)
      .where('mailbox_id', '=', mailbox.mailbox_id)
      .returning('uid_next')
      .executeTakeFirstOrThrow();
    const first = uidNext - messages.length;
    const uids = messages.map((_, index) => first + index);
    await sql`insert into mailbox_message
        (account_id, mailbox_id, uid, email_id, mod_seq, flags, keywords, size, internal_at, saved_at)
      select ${turn.account}, ${mailbox.mailbox_id}, m.uid, m.email_id, ${modSeq}, m.flags,
        nullif(array(select jsonb_array_elements_text(m.keywords)), '{}'), m.size, m.internal_at, ${turn.now}
      from unnest(${uids}::bigint[], ${messages.map((m) => m.emailId)}::uuid[], ${messages.map((m) => m.flags.system)}::smallint[],
        ${messages.map((m) => JSON.stringify(distinctKeywords(m.flags.keywords)))}::text[]::jsonb[], ${messages.map((m) => m.size)}::bigint[],
        ${messages.map((m) => Math.round(m.internalDate))}::bigint[]) as m (uid, email_id, flags, keywords, size, internal_at)`.execute(
      trx,
    );
    const range = uids.length === 1 ? `${first}` : `${first}:${uidNext - 1}`;
    if (uids.length > 0) await writeJournal(trx, turn, modSeq, mailbox.mailbox_id, JOURNAL_APPENDED, range);
    return remember(trx, turn, request.requestId, {
      mailboxId: String(mailbox.mailbox_id),
      uidValidity: mailbox.uid_validity,
      uids,
      modSeq,
    });
  });
};
