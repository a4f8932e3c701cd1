import { type Selectable, sql } from 'kysely';
import type { MailboxTable } from '../../shared/database/schema.ts';
import { type EmailId, Flag, type FlagSet } from '../../shared/mailbox/types.ts';
import { distinctKeywords } from './keywords.ts';
import { JOURNAL_APPENDED, nextModSeq, writeJournal } from './mailbox-rows.ts';
import type { Trx, Turn } from './turn.ts';

/** A message whose bytes are in storage, on its way into a mailbox. */
export interface NewMessage {
  readonly emailId: EmailId;
  /** Bytes. */
  readonly size: number;
  /** Unix milliseconds. */
  readonly internalDate: number;
  readonly flags: FlagSet;
}

/** Puts messages into a mailbox under one new MODSEQ: rows, counters, quota and journal. Returns their uids, ascending. */
export async function insertMessages(
  trx: Trx,
  turn: Pick<Turn, 'account' | 'now'>,
  mailbox: Pick<Selectable<MailboxTable>, 'account_id' | 'mailbox_id'>,
  messages: readonly NewMessage[],
): Promise<{ uids: number[]; modSeq: number }> {
  const bytes = messages.reduce((sum, message) => sum + message.size, 0);
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
  return { uids, modSeq };
}
