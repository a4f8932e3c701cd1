import { parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import {
  columnsOf,
  JOURNAL_EXPUNGED,
  MAX_MESSAGES_A_TURN,
  type MessageRow,
  mailboxById,
  rowsThatFit,
  uidBounds,
} from '../mailbox-rows.ts';
import { type Operation, refuse, type Turn } from '../turn.ts';
import { claimRecents } from './select.ts';

interface AccountJournal {
  /** The account's MODSEQ. */
  upto: number;
  journal_from: number;
}

interface JournalRow {
  mod_seq: number;
  kind: number;
  uids: string;
}

/** Journal rows read at once; who is further behind asks again (`more`). */
const MAX_JOURNAL_ROWS = 2_000;

export const changes: Operation<'changes'> = async (turn, { mailboxId, sinceModSeq, claimRecent }) => {
  const mailbox = await mailboxById(turn, mailboxId);
  if (mailbox === undefined) return refuse('not-found', 'the mailbox is gone');
  const found = await turn.database.prepared<AccountJournal & (JournalRow | { mod_seq: null })>(
    'journal_since',
    `select a.mod_seq as upto, a.journal_from, j.* from account a left join lateral (
       select mod_seq, kind, uids from journal where account_id = $1 and mod_seq > $2 and mailbox_id = $3
       order by mod_seq, kind limit $4) j on true
     where a.account_id = $1 order by j.mod_seq, j.kind`,
    [turn.account, sinceModSeq, mailboxId, MAX_JOURNAL_ROWS + 1],
  );
  if (mailbox.mod_seq > sinceModSeq && sinceModSeq < (found[0]?.journal_from ?? 0))
    return refuse('too-old', 'the changes from then on are no longer known');
  const journal = found.filter((row) => row.mod_seq !== null);
  const { taken, more, rows } = await thatFits(turn, mailboxId, journal);
  const expunged = taken.filter((row) => row.kind === JOURNAL_EXPUNGED).map((row) => row.uids);
  if (claimRecent) await claimRecents(turn, mailbox.mailbox_id, mailbox.recent_from, mailbox.uid_next);
  return {
    columns: columnsOf(rows),
    expunged: merged(expunged),
    modSeq: more ? taken.at(-1)!.mod_seq : Math.max(found[0]?.upto ?? mailbox.mod_seq, sinceModSeq),
    highestModSeq: mailbox.mod_seq,
    uidNext: mailbox.uid_next,
    recentFrom: mailbox.recent_from,
    more,
  };
};

/** As much of the journal as one reply can carry; one MODSEQ at least. */
async function thatFits(turn: Turn, mailboxId: string, journal: readonly JournalRow[]) {
  for (let most = MAX_MESSAGES_A_TURN; ; most = Math.floor(most / 2)) {
    const { taken, more } = withinBound(journal, most);
    const touched = taken.filter((row) => row.kind !== JOURNAL_EXPUNGED).map((row) => row.uids);
    const rows = await messagesOf(turn, mailboxId, touched);
    const one = taken.length === 0 || taken[0]!.mod_seq === taken.at(-1)!.mod_seq;
    if (one || rowsThatFit(rows) === rows.length) return { taken, more, rows };
  }
}

/** Whole MODSEQs only: what is left out has a higher one than what is reported. */
function withinBound(
  journal: readonly JournalRow[],
  most: number,
): { taken: readonly JournalRow[]; more: boolean } {
  let messages = 0;
  let end = 0;
  while (end < journal.length && end < MAX_JOURNAL_ROWS) {
    messages += sizeOf(journal[end]!.uids);
    if (end > 0 && messages > most && journal[end]!.mod_seq !== journal[end - 1]!.mod_seq) break;
    end++;
  }
  if (end === journal.length) return { taken: journal, more: false };
  const next = journal[end]!.mod_seq;
  while (end > 1 && journal[end - 1]!.mod_seq === next) end--;
  return { taken: journal.slice(0, end), more: true };
}

function sizeOf(uids: string): number {
  const ranges = parseUidSet(uids);
  return ranges === undefined
    ? 0
    : ranges.low.reduce((sum, low, index) => sum + ranges.high[index]! - low + 1, 0);
}

async function messagesOf(turn: Turn, mailboxId: string, sets: readonly string[]): Promise<MessageRow[]> {
  const ranges = sets.length === 0 ? undefined : parseUidSet(sets.join(','));
  if (ranges === undefined) return [];
  const { first, last, multirange } = uidBounds(ranges);
  return turn.database.prepared<MessageRow>(
    'messages_of_set',
    `select uid, flags, mod_seq, keywords from mailbox_message
     where account_id = $1 and mailbox_id = $2 and uid between $3 and $4 and uid <@ $5::int8multirange order by uid`,
    [turn.account, mailboxId, first, last, multirange],
  );
}

function merged(sets: readonly string[]): string {
  if (sets.length === 0) return '';
  const ranges = parseUidSet(sets.join(','));
  if (ranges === undefined) return '';
  return ranges.low
    .map((low, index) => (low === ranges.high[index] ? `${low}` : `${low}:${ranges.high[index]}`))
    .join(',');
}
