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
    modSeq: mailbox.mod_seq,
    uidNext: mailbox.uid_next,
    more: rows.length === most || fit < rows.length,
  };
};
