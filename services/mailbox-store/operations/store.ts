import { sql } from 'kysely';
import type { MailboxReply, MailboxRequest } from '../../../shared/mailbox/operations.ts';
import { ALL_RIGHTS, changeableFlags, onlyChangeable } from '../../../shared/mailbox/rights.ts';
import { Flag, type FlagSet, MAX_KEYWORDS } from '../../../shared/mailbox/types.ts';
import { formatUidSet, parseUidSet, type UidRanges } from '../../../shared/mailbox/uid-set.ts';
import { distinctKeywords } from '../keywords.ts';
import {
  columnsOf,
  JOURNAL_FLAGS,
  MAX_MESSAGES_A_TURN,
  type MailboxRow,
  mailboxById,
  nextModSeq,
  uidWithin,
  writeJournal,
} from '../mailbox-rows.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';

interface Row {
  uid: number;
  old_flags: number;
  new_flags: number;
  old_keywords: string[] | null;
  new_keywords: string[] | null;
  old_mod_seq: number;
  eligible: boolean;
}

/** A message whose flags are already as asked keeps its MODSEQ. */
export const store: Operation<'store'> = async (turn, request) => {
  const ranges = parseUidSet(request.uids);
  const mailbox = await mailboxById(turn, request.mailboxId);
  if (mailbox === undefined || ranges === undefined) return refuse('not-found', 'the mailbox is gone');
  return turn.commit((trx) => changeFlags(trx, turn, mailbox, ranges, request));
};

/** Changes the flags of messages within a transaction; counters and journal follow. */
export async function changeFlags(
  trx: Trx,
  turn: Turn,
  mailbox: Pick<MailboxRow, 'account_id' | 'mailbox_id' | 'mod_seq'>,
  ranges: UidRanges,
  request: Pick<MailboxRequest<'store'>, 'mode' | 'flags' | 'changeable' | 'unchangedSince'>,
): Promise<MailboxReply<'store'>> {
  const { system, keywords } = newFlags(request.mode, request.flags, request.changeable);
  const unchangedSince = request.unchangedSince ?? Number.MAX_SAFE_INTEGER;
  const modSeq = await nextModSeq(trx, turn);
  const here = sql`m.account_id = ${turn.account} and m.mailbox_id = ${mailbox.mailbox_id}`;
  const { rows } = await sql<Row>`select m.uid, m.flags as old_flags, ${system} as new_flags,
        m.keywords as old_keywords, ${keywords} as new_keywords, m.mod_seq as old_mod_seq,
        m.mod_seq <= ${unchangedSince} as eligible
      from mailbox_message m where ${here} and ${uidWithin(ranges)}
      order by m.uid limit ${MAX_MESSAGES_A_TURN + 1}`.execute(trx);
  if (rows.length > MAX_MESSAGES_A_TURN) throw new Refused('limit', 'too many messages at once');
  if (rows.some((row) => (row.new_keywords?.length ?? 0) > MAX_KEYWORDS)) {
    throw new Refused('limit', 'too many keywords on a message');
  }
  const changed = rows.filter(isChanged);
  if (changed.length > 0) {
    const uids = formatUidSet(changed.map((row) => row.uid));
    await sql`update mailbox_message m set flags = ${system}, keywords = ${keywords}, mod_seq = ${modSeq}
        where ${here} and ${uidWithin(parseUidSet(uids)!)}`.execute(trx);
    await trx
      .updateTable('mailbox')
      .set((eb) => ({
        mod_seq: modSeq,
        unseen: eb('unseen', '-', gained(changed, Flag.Seen)),
        deleted: eb('deleted', '+', gained(changed, Flag.Deleted)),
      }))
      .where('account_id', '=', mailbox.account_id)
      .where('mailbox_id', '=', mailbox.mailbox_id)
      .execute();
    await writeJournal(trx, turn, modSeq, mailbox.mailbox_id, JOURNAL_FLAGS, uids);
  }
  const stored = rows.filter((row) => row.eligible);
  return {
    columns: columnsOf(
      stored.map((row) => ({
        uid: row.uid,
        flags: row.new_flags,
        mod_seq: isChanged(row) ? modSeq : row.old_mod_seq,
        keywords: row.new_keywords,
      })),
    ),
    modified: formatUidSet(rows.filter((row) => !row.eligible).map((row) => row.uid)),
    modSeq: changed.length > 0 ? modSeq : mailbox.mod_seq,
    changed: changed.length,
  };
}

function isChanged(row: Row): boolean {
  const same = (row.old_keywords ?? []).join(' ') === (row.new_keywords ?? []).join(' ');
  return row.eligible && !(same && row.old_flags === row.new_flags);
}

function gained(rows: readonly Row[], bit: number): number {
  return rows.reduce((sum, row) => sum + ((row.new_flags & bit) - (row.old_flags & bit)) / bit, 0);
}

const ALL = changeableFlags(ALL_RIGHTS);

/** The new values as SQL over a message row `m`. A keyword that is there keeps its spelling. */
function newFlags(mode: 'add' | 'remove' | 'replace', wanted: FlagSet, changeable = ALL) {
  const flags = onlyChangeable(wanted, changeable);
  const bits = sql`${flags.system}::smallint`;
  const kept = sql`${ALL.system & ~changeable.system}::smallint`;
  const given = distinctKeywords(flags.keywords);
  const lower = given.map((keyword) => keyword.toLowerCase());
  const old = sql`select k from unnest(coalesce(m.keywords, '{}')) k`;
  const there = sql`(${old} where lower(k) = lower(g) limit 1)`;
  switch (mode) {
    case 'replace':
      return {
        system: sql`(m.flags & ${kept}) | ${bits}`,
        keywords: !changeable.keywords
          ? sql`m.keywords`
          : given.length === 0
            ? sql`null::text[]`
            : sql`array(select k from (select coalesce(${there}, g) from unnest(${given}::text[]) g) w (k) order by k collate "C")`,
      };
    case 'add':
      return {
        system: sql`m.flags | ${bits}`,
        keywords:
          given.length === 0
            ? sql`m.keywords`
            : sql`array(select k from (${old} union all select g from unnest(${given}::text[]) g where ${there} is null) w (k) order by k collate "C")`,
      };
    case 'remove':
      return {
        system: sql`m.flags & ~${bits}`,
        keywords:
          given.length === 0
            ? sql`m.keywords`
            : sql`nullif(array(${old} where lower(k) <> all(${lower}::text[])), '{}')`,
      };
  }
}
