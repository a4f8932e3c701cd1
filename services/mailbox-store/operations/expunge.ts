import { sql } from 'kysely';
import type { MailboxReply } from '../../../shared/mailbox/operations.ts';
import { formatUidSet, MAX_UID, parseUidSet, type UidRanges } from '../../../shared/mailbox/uid-set.ts';
import {
  JOURNAL_EXPUNGED,
  type MailboxRow,
  mailboxById,
  nextModSeq,
  uidWithin,
  writeJournal,
} from '../mailbox-rows.ts';
import { type Operation, refuse, type Trx, type Turn } from '../turn.ts';
import { addToMailbox } from './copy.ts';

interface Row {
  uid: number;
  size: number;
  unseen: number;
  deleted: number;
  email_id: string;
}

export const expunge: Operation<'expunge'> = async (turn, request) => {
  const mailbox = await mailboxById(turn, request.mailboxId);
  const ranges = request.uids === undefined ? { low: [1], high: [MAX_UID] } : parseUidSet(request.uids);
  if (mailbox === undefined || ranges === undefined) return refuse('not-found', 'the mailbox is gone');
  const always = request.always ?? false;
  if (!always && mailbox.deleted === 0) return { expunged: '', modSeq: mailbox.mod_seq };

  return turn.commit((trx) => removeMessages(trx, turn, mailbox, ranges, always));
};

/** Removes messages within a transaction; counters, quota and journal follow. `always`: whatever their flags. */
export async function removeMessages(
  trx: Trx,
  turn: Turn,
  mailbox: MailboxRow,
  ranges: UidRanges,
  always: boolean,
): Promise<MailboxReply<'expunge'>> {
  const { rows } = await sql<Row>`with gone as (
        delete from mailbox_message m
      where m.account_id = ${turn.account} and m.mailbox_id = ${mailbox.mailbox_id} and ${uidWithin(ranges)}
        and (${always} or (m.flags & 8) <> 0)
        returning m.email_id, m.uid, m.size, m.flags),
      released as (
        insert into message_release (email_id, released_at) select email_id, ${turn.now}::bigint from gone)
      select uid, email_id, size, ((flags & 1) = 0)::int as unseen, ((flags & 8) <> 0)::int as deleted from gone`.execute(
    trx,
  );
  if (rows.length === 0) return { expunged: '', modSeq: mailbox.mod_seq };
  const bytes = rows.reduce((sum, row) => sum + row.size, 0);
  const modSeq = await nextModSeq(trx, turn, -rows.length, -bytes);
  const counts = {
    messages: rows.length,
    unseen: rows.reduce((sum, row) => sum + row.unseen, 0),
    deleted: rows.reduce((sum, row) => sum + row.deleted, 0),
    bytes,
  };
  await addToMailbox(trx, turn, mailbox.mailbox_id, modSeq, counts, -1);
  rows.sort((a, b) => a.uid - b.uid);
  const expunged = formatUidSet(rows.map((row) => row.uid));
  const emailIds = rows.map((row) => row.email_id);
  await writeJournal(trx, turn, modSeq, mailbox.mailbox_id, JOURNAL_EXPUNGED, expunged, emailIds);
  return { expunged, modSeq };
}
