import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import { canonicalName, mailboxByName, nextModSeq } from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';

export const deleteMailbox: Operation<'delete'> = async (turn, request) => {
  const name = canonicalName(request.name);
  if (name === 'INBOX') return refuse('inbox', 'INBOX cannot be deleted');
  const row = await mailboxByName(turn, name);
  const children = await turn.database.prepared(
    'mailbox_children',
    'select 1 from mailbox where account_id = $1 and present and starts_with(name, $2) limit 1',
    [turn.account, name + HIERARCHY_DELIMITER],
  );
  if (!row?.present) {
    if (row !== undefined && children.length > 0) return refuse('has-children', 'the name has children');
    return refuse('not-found', 'no such mailbox');
  }
  return turn.commit(async (trx) => {
    await trx
      .deleteFrom('mailbox_message')
      .where('account_id', '=', row.account_id)
      .where('mailbox_id', '=', row.mailbox_id)
      .execute();
    await nextModSeq(trx, turn, -row.messages, -row.bytes);
    const here = trx
      .updateTable('mailbox')
      .where('account_id', '=', row.account_id)
      .where('mailbox_id', '=', row.mailbox_id);
    // RFC 9051 §6.3.5: the name stays while it has children, and on the subscription list.
    if (children.length > 0 || row.subscribed) {
      await here
        .set({ present: false, special_use: null, messages: 0, unseen: 0, deleted: 0, bytes: 0 })
        .execute();
    } else {
      await trx
        .deleteFrom('mailbox')
        .where('account_id', '=', row.account_id)
        .where('mailbox_id', '=', row.mailbox_id)
        .execute();
    }
    return {};
  });
};
