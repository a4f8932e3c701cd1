import { parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import { JOURNAL_EXPUNGED, mailboxById } from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';

interface Row {
  journal_from: number;
  uids: string | null;
}

/** Rows and text of one answer at most; what takes more is answered as if the journal did not reach back. */
const MAX_ROWS = 20_000;
const MAX_BYTES = 4_000_000;
const MAX_REPLY_BYTES = 500_000;

export const vanished: Operation<'vanished'> = async (turn, { mailboxId, sinceModSeq }) => {
  const mailbox = await mailboxById(turn, mailboxId);
  if (mailbox === undefined) return refuse('not-found', 'the mailbox is gone');
  if (sinceModSeq >= mailbox.mod_seq) return { expunged: '' };
  const rows = await turn.database.prepared<Row>(
    'journal_expunged',
    `select a.journal_from, j.uids from account a left join lateral (
       select uids from journal where account_id = $1 and mod_seq > $2 and mailbox_id = $3 and kind = $4
       order by mod_seq limit $5) j on true
     where a.account_id = $1`,
    [turn.account, sinceModSeq, mailboxId, JOURNAL_EXPUNGED, MAX_ROWS + 1],
  );
  if (sinceModSeq < (rows[0]?.journal_from ?? 0)) return refuse('too-old', 'not known from then on');
  const sets = rows.flatMap(({ uids }) => (uids === null ? [] : [uids]));
  const expunged = rows.length > MAX_ROWS ? undefined : merged(sets);
  return expunged === undefined ? refuse('too-old', 'too much to tell') : { expunged };
};

function merged(sets: readonly string[]): string | undefined {
  if (sets.length === 0) return '';
  const text = sets.join(',');
  const ranges = text.length > MAX_BYTES ? undefined : parseUidSet(text);
  if (ranges === undefined) return undefined;
  const set = ranges.low
    .map((low, index) => (low === ranges.high[index] ? `${low}` : `${low}:${ranges.high[index]}`))
    .join(',');
  return set.length > MAX_REPLY_BYTES ? undefined : set;
}
