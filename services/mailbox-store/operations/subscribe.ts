import { sql } from 'kysely';
import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import { canonicalName, mailboxByName, nameProblem } from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';
import { insertMailbox } from './create.ts';

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
      return {};
    }
    await trx
      .updateTable('mailbox')
      .set({ subscribed })
      .where('account_id', '=', row.account_id)
      .where('mailbox_id', '=', row.mailbox_id)
      .execute();
    if (!subscribed && !row.present) {
      await sql`delete from mailbox m where account_id = ${row.account_id} and mailbox_id = ${row.mailbox_id}
        and not exists (select from mailbox c where c.account_id = m.account_id and c.present
          and starts_with(c.name, m.name || ${HIERARCHY_DELIMITER}))`.execute(trx);
    }
    return {};
  });
};
