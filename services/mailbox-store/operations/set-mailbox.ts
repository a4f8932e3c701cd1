import { mailboxById, nextModSeq } from '../mailbox-rows.ts';
import { OBJECT_UPDATED, writeObjectChanges } from '../object-changes.ts';
import { type Operation, refuse } from '../turn.ts';

export const setMailbox: Operation<'setMailbox'> = async (turn, request) => {
  const mailbox = await mailboxById(turn, request.mailboxId);
  if (mailbox === undefined) return refuse('not-found', 'no such mailbox');
  const { specialUse, sortOrder, subscribed } = request;
  if (specialUse !== undefined && specialUse !== null) {
    const others = await turn.database.prepared(
      'mailbox_of_use',
      'select 1 from mailbox where account_id = $1 and special_use = $2 and mailbox_id <> $3 and present limit 1',
      [turn.account, specialUse, mailbox.mailbox_id],
    );
    if (others.length > 0) return refuse('exists', 'another mailbox has this use');
  }
  const changes = {
    ...(specialUse === undefined ? {} : { special_use: specialUse }),
    ...(sortOrder === undefined ? {} : { sort_order: sortOrder }),
    ...(subscribed === undefined ? {} : { subscribed }),
  };
  if (Object.keys(changes).length === 0) return {};
  return turn.commit(async (trx) => {
    await trx
      .updateTable('mailbox')
      .set(changes)
      .where('account_id', '=', mailbox.account_id)
      .where('mailbox_id', '=', mailbox.mailbox_id)
      .execute();
    const modSeq = await nextModSeq(trx, turn);
    await writeObjectChanges(trx, turn, modSeq, 'Mailbox', OBJECT_UPDATED, [mailbox.mailbox_id]);
    return {};
  });
};
