import { sql } from 'kysely';
import { ALL_RIGHTS, type ChangeableFlags, changeableFlags } from '../../../shared/mailbox/rights.ts';
import { Flag } from '../../../shared/mailbox/types.ts';
import { formatUidSet, parseUidSet, uidCount } from '../../../shared/mailbox/uid-set.ts';
import {
  JOURNAL_APPENDED,
  JOURNAL_EXPUNGED,
  MAX_MESSAGES_A_TURN,
  type MailboxRow,
  mailboxById,
  mailboxByName,
  nextModSeq,
  uidBounds,
  uidWithin,
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
    const bounds = uidBounds(ranges);
    const [sum] = await turn.database.prepared<{ n: number; bytes: number }>(
      'copy_size',
      `select count(*)::int as n, coalesce(sum(size), 0)::bigint as bytes from mailbox_message
       where account_id = $1 and mailbox_id = $2 and uid between $3 and $4 and uid <@ $5::int8multirange`,
      [turn.account, from.mailbox_id, bounds.first, bounds.last, bounds.multirange],
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
      ...(request.changeable === undefined ? {} : { changeable: request.changeable }),
    });
    if (request.whole && sourceUids.length < uidCount(ranges)) {
      throw new Refused('expunged', 'some of the messages no longer exist');
    }
    return remember(trx, turn, request.requestId, {
      mailboxId: String(to.mailbox_id),
      uidValidity: to.uid_validity,
      sourceUids,
      targetUids,
      modSeq,
    });
  });
};

const ALL_FLAGS = changeableFlags(ALL_RIGHTS);

interface Transfer {
  readonly from: MailboxRow;
  readonly to: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly move: boolean;
  /** Of too many messages the first are taken, and the others left for another time. */
  readonly most?: true;
  /** Flags out of it are not copied. */
  readonly changeable?: ChangeableFlags;
}

interface Moved {
  uid: number;
  size: number;
  unseen: number;
  deleted: number;
  email_id: string;
}

/** Copies or moves messages within the account, with new UIDs in their order; counters and journals follow. */
export async function transfer(
  trx: Trx,
  turn: Turn,
  { from, to, low, high, move, most, changeable = ALL_FLAGS }: Transfer,
): Promise<{ sourceUids: number[]; targetUids: number[]; modSeq: number }> {
  const modSeq = await nextModSeq(trx, turn);
  const { rows } = await sql<Moved>`select m.uid, m.email_id, m.size, ((m.flags & 1) = 0)::int as unseen,
      ((m.flags & 8) <> 0)::int as deleted
    from mailbox_message m
    where m.account_id = ${turn.account} and m.mailbox_id = ${from.mailbox_id} and ${uidWithin({ low, high })}
    order by m.uid limit ${MAX_MESSAGES_A_TURN + 1}`.execute(trx);
  if (rows.length > MAX_MESSAGES_A_TURN) {
    if (!most) throw new Refused('limit', 'too many messages at once');
    rows.length = MAX_MESSAGES_A_TURN;
  }
  const sourceUids = rows.map((row) => row.uid);
  if (rows.length === 0) return { sourceUids, targetUids: [], modSeq };

  const { uid_next: uidNext } = await trx
    .updateTable('mailbox')
    .set((eb) => ({ uid_next: eb('uid_next', '+', rows.length) }))
    .where('account_id', '=', Number(turn.account))
    .where('mailbox_id', '=', to)
    .returning('uid_next')
    .executeTakeFirstOrThrow();
  const first = uidNext - rows.length;
  const targetUids = rows.map((_, index) => first + index);
  // By the uids found: within one mailbox an open range would take the new rows for old ones.
  const found = sql`m.account_id = ${turn.account} and m.mailbox_id = ${from.mailbox_id}
    and ${uidWithin(parseUidSet(formatUidSet(sourceUids))!)}`;
  await sql`insert into mailbox_message
      (account_id, mailbox_id, uid, email_id, mod_seq, flags, keywords, size, internal_at, saved_at)
    select m.account_id, ${to}, ${first - 1}::bigint + row_number() over (order by m.uid), m.email_id, ${modSeq},
      m.flags & ${changeable.system}::smallint, ${changeable.keywords ? sql`m.keywords` : sql`null::text[]`}, m.size, m.internal_at, ${turn.now}
    from mailbox_message m where ${found}`.execute(trx);
  if (move) await sql`delete from mailbox_message m where ${found}`.execute(trx);

  const bytes = rows.reduce((sum, row) => sum + row.size, 0);
  const counts = {
    messages: rows.length,
    unseen: rows.reduce((sum, row) => sum + row.unseen, 0),
    deleted: rows.reduce((sum, row) => sum + row.deleted, 0),
    bytes,
  };
  const added = {
    ...counts,
    unseen: changeable.system & Flag.Seen ? counts.unseen : rows.length,
    deleted: changeable.system & Flag.Deleted ? counts.deleted : 0,
  };
  await addToMailbox(trx, turn, to, modSeq, added, 1);
  await writeJournal(trx, turn, modSeq, to, JOURNAL_APPENDED, formatUidSet(targetUids));
  if (move) {
    await addToMailbox(trx, turn, from.mailbox_id, modSeq, counts, -1);
    const emailIds = rows.map((row) => row.email_id);
    await writeJournal(
      trx,
      turn,
      modSeq,
      from.mailbox_id,
      JOURNAL_EXPUNGED,
      formatUidSet(sourceUids),
      emailIds,
    );
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
