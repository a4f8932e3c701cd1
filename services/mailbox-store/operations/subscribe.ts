import { canonicalName, mailboxByName, nameProblem, nextModSeq } from '../mailbox-rows.ts';
import { OBJECT_UPDATED, writeObjectChanges } from '../object-changes.ts';
import { dropIdlePlaceholders } from '../placeholders.ts';
import { type Operation, refuse } from '../turn.ts';
import { insertMailbox, refuseTooMany } from './create.ts';

export const subscribe: Operation<'subscribe'> = async (turn, { name: asked, subscribed }) => {
  const name = canonicalName(asked);
  const problem = nameProblem(name);
  if (problem !== undefined) return refuse('bad-name', problem);
  const row = await mailboxByName(turn, name);
  if (row === undefined && !subscribed) return {};
  return turn.commit(async (trx) => {
    if (row === undefined) {
      await insertMailbox(trx, turn, name, null, false);
      await trx
        .updateTable('mailbox')
        .set({ present: false, subscribed: true })
        .where('account_id', '=', Number(turn.account))
        .where('name', '=', name)
        .execute();
      await refuseTooMany(trx, turn);
      return {};
    }
    await trx
      .updateTable('mailbox')
      .set({ subscribed })
      .where('account_id', '=', row.account_id)
      .where('mailbox_id', '=', row.mailbox_id)
      .execute();
    if (row.subscribed !== subscribed && row.present) {
      const modSeq = await nextModSeq(trx, turn);
      await writeObjectChanges(trx, turn, modSeq, 'Mailbox', OBJECT_UPDATED, [row.mailbox_id]);
    }
    if (!subscribed && !row.present) await dropIdlePlaceholders(trx, turn);
    return {};
  });
};
