import { sql } from 'kysely';
import { formatUidSet, parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import {
  JOURNAL_APPENDED,
  JOURNAL_EXPUNGED,
  MAX_MESSAGES_A_TURN,
  type MailboxRow,
  mailboxById,
  mailboxByName,
  nextModSeq,
  writeJournal,
} from '../mailbox-rows.ts';
import { overQuota } from '../over-quota.ts';
import { answered, remember } from '../request-replies.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';

export const copy: Operation<'copy'> = async (turn, request) => {
  const before = await answered<'copy'>(turn, request.requestId);
  if (before !== undefined) return before;
  const ranges = parseUidSet(request.uids);
  const from = await mailboxById(turn, request.from);
  const to = await mailboxByName(turn, request.to);
  if (from === undefined || ranges === undefined) return refuse('not-found', 'the mailbox is gone');
  if (!to?.present) return refuse('not-found', 'no such mailbox');
  if (!request.move) {
    const [sum] = await turn.database.prepared<{ n: number; bytes: number }>(
      'copy_size',
      `select count(*)::int as n, coalesce(sum(m.size), 0)::bigint as bytes
       from unnest($3::bigint[], $4::bigint[]) r (low, high)
       join mailbox_message m on m.account_id = $1 and m.mailbox_id = $2 and m.uid between r.low and r.high`,
      [turn.account, from.mailbox_id, ranges.low, ranges.high],
    );
    if (await overQuota(turn, sum?.n ?? 0, sum?.bytes ?? 0)) {
      return refuse('over-quota', 'the account is over its quota');
    }
  }
  return turn.commit(async (trx) => {
    const { sourceUids, targetUids, modSeq } = await transfer(trx, turn, {
      from,
      to: to.mailbox_id,
      ...ranges,
      move: request.move,
    });
    if (sourceUids.length > MAX_MESSAGES_A_TURN) throw new Refused('limit', 'too many messages at once');
    return remember(trx, turn, request.requestId, {
      mailboxId: String(to.mailbox_id),
      uidValidity: to.uid_validity,
      sourceUids,
      targetUids,
      modSeq,
    });
  });
};

interface Transfer {
  readonly from: MailboxRow;
  readonly to: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly move: boolean;
}

interface Moved {
  source: number;
  target: number;
  size: number;
  unseen: number;
  deleted: number;
}

/** Copies or moves messages within the account, with new UIDs in their order; counters and journals follow. */
export async function transfer(
  trx: Trx,
  turn: Turn,
  { from, to, low, high, move }: Transfer,
): Promise<{ sourceUids: number[]; targetUids: number[]; modSeq: number }> {
  const modSeq = await nextModSeq(trx, turn);
  const selected = sql`unnest(${low}::bigint[], ${high}::bigint[]) r (low, high)
    join mailbox_message m on m.account_id = ${turn.account} and m.mailbox_id = ${from.mailbox_id} and m.uid between r.low and r.high`;
  // A move within one mailbox must not take the rows it has just made: the delete names the uids that were there.
  const { rows } = await sql<Moved>`with source as materialized (
      select m.*, row_number() over (order by m.uid) as n from ${selected}),
    box as (
      update mailbox set uid_next = uid_next + (select count(*) from source)
      where account_id = ${turn.account} and mailbox_id = ${to}
      returning uid_next - (select count(*) from source) as first),
    gone as (
      delete from mailbox_message m using source s
      where ${move} and m.account_id = s.account_id and m.mailbox_id = s.mailbox_id and m.uid = s.uid),
    made as (
      insert into mailbox_message
        (account_id, mailbox_id, uid, email_id, mod_seq, flags, keywords, size, internal_at, saved_at)
      select s.account_id, ${to}, box.first + s.n - 1, s.email_id, ${modSeq}, s.flags, s.keywords, s.size, s.internal_at, ${turn.now}
      from source s, box)
    select s.uid as source, box.first + s.n - 1 as target, s.size, ((s.flags & 1) = 0)::int as unseen,
      ((s.flags & 8) <> 0)::int as deleted from source s, box order by s.n`.execute(trx);
  const sourceUids = rows.map((row) => Number(row.source));
  const targetUids = rows.map((row) => Number(row.target));
  if (rows.length === 0) return { sourceUids, targetUids, modSeq };

  const bytes = rows.reduce((sum, row) => sum + row.size, 0);
  const counts = {
    messages: rows.length,
    unseen: rows.reduce((sum, row) => sum + row.unseen, 0),
    deleted: rows.reduce((sum, row) => sum + row.deleted, 0),
    bytes,
  };
  await addToMailbox(trx, turn, to, modSeq, counts, 1);
  await writeJournal(trx, turn, modSeq, to, JOURNAL_APPENDED, formatUidSet(targetUids));
  if (move) {
    await addToMailbox(trx, turn, from.mailbox_id, modSeq, counts, -1);
    await writeJournal(trx, turn, modSeq, from.mailbox_id, JOURNAL_EXPUNGED, formatUidSet(sourceUids));
  } else {
    await sql`update account set messages_used = messages_used + ${rows.length}, bytes_used = bytes_used + ${bytes}
      where account_id = ${turn.account}`.execute(trx);
  }
  return { sourceUids, targetUids, modSeq };
}

/** Adds to (or, with sign -1, takes from) a mailbox' counters. */
export async function addToMailbox(
  trx: Trx,
  turn: Turn,
  mailboxId: number,
  modSeq: number,
  counts: { messages: number; unseen: number; deleted: number; bytes: number },
  sign: 1 | -1,
): Promise<void> {
  await trx
    .updateTable('mailbox')
    .set((eb) => ({
      mod_seq: modSeq,
      messages: eb('messages', '+', sign * counts.messages),
      unseen: eb('unseen', '+', sign * counts.unseen),
      deleted: eb('deleted', '+', sign * counts.deleted),
      bytes: eb('bytes', '+', sign * counts.bytes),
    }))
    .where('account_id', '=', Number(turn.account))
    .where('mailbox_id', '=', mailboxId)
    .execute();
}
