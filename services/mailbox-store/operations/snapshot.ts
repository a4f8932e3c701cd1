import {
  columnsOf,
  MAX_MESSAGES_A_TURN,
  type MessageRow,
  mailboxById,
  rowsThatFit,
} from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';

export const snapshot: Operation<'snapshot'> = async (turn, { mailboxId, afterUid, limit }) => {
  const mailbox = await mailboxById(turn, mailboxId);
  if (mailbox === undefined) return refuse('not-found', 'the mailbox is gone');
  // The account's MODSEQ and not the mailbox': a mailbox may be quiet for longer than the journal is kept.
  const [account] = await turn.database.prepared<{ mod_seq: number }>(
    'account_mod_seq',
    'select mod_seq from account where account_id = $1',
    [turn.account],
  );
  const most = Math.max(1, Math.min(limit, MAX_MESSAGES_A_TURN));
  const rows = await turn.database.prepared<MessageRow>(
    'mailbox_snapshot',
    `select uid, flags, mod_seq, keywords from mailbox_message
     where account_id = $1 and mailbox_id = $2 and uid > $3 order by uid limit $4`,
    [turn.account, mailboxId, afterUid, most],
  );
  const fit = rowsThatFit(rows);
  return {
    columns: columnsOf(rows.slice(0, fit)),
    modSeq: account?.mod_seq ?? mailbox.mod_seq,
    highestModSeq: mailbox.mod_seq,
    uidNext: mailbox.uid_next,
    more: rows.length === most || fit < rows.length,
  };
};
