import { infoOf, type MailboxRow } from '../mailbox-rows.ts';
import type { Operation } from '../turn.ts';

export const list: Operation<'list'> = async (turn) => {
  const rows = await turn.database.prepared<MailboxRow & { account_mod_seq: number }>(
    'mailbox_list',
    `select m.*, a.mod_seq as account_mod_seq from mailbox m join account a using (account_id)
     where m.account_id = $1 order by m.name <> 'INBOX', m.name collate "C"`,
    [turn.account],
  );
  return { mailboxes: rows.map(infoOf), modSeq: rows[0]?.account_mod_seq ?? 0 };
};
