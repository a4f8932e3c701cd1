import { sql } from 'kysely';
import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import { canonicalName, mailboxByName, nameProblem, nextModSeq } from '../mailbox-rows.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';
import { transfer } from './copy.ts';
import { createWithParents } from './create.ts';

export const rename: Operation<'rename'> = async (turn, request) => {
  const from = canonicalName(request.from);
  const to = canonicalName(request.to.endsWith(HIERARCHY_DELIMITER) ? request.to.slice(0, -1) : request.to);
  const problem = nameProblem(to);
  if (problem !== undefined) return refuse('bad-name', problem);
  const source = await mailboxByName(turn, from);
  if (source === undefined) return refuse('not-found', 'no such mailbox');
  if ((await mailboxByName(turn, to))?.present) return refuse('exists', 'the target exists');
  if (to.startsWith(from + HIERARCHY_DELIMITER) && from !== 'INBOX') {
    return refuse('bad-name', 'a mailbox cannot become its own child');
  }

  if (from === 'INBOX') {
    // RFC 9051 §6.3.6: INBOX stays and is empty; its messages go to the new mailbox; its children stay.
    return turn.commit(async (trx) => {
      const mailboxId = await createWithParents(trx, turn, to, null);
      if (mailboxId === undefined) throw new Refused('exists', 'the target exists');
      await transfer(trx, turn, {
        from: source,
        to: mailboxId,
        low: [1],
        high: [source.uid_next],
        move: true,
      });
      return { mailboxId: String(mailboxId) };
    });
  }
  return turn.commit(async (trx) => {
    const parent = to.lastIndexOf(HIERARCHY_DELIMITER);
    if (parent > 0) await createWithParents(trx, turn, to.slice(0, parent), null);
    await removePlaceholders(trx, turn, from, to);
    await nextModSeq(trx, turn);
    await sql`update mailbox set name = ${to} || substr(name, ${from.length + 1}::int)
      where account_id = ${turn.account} and (name = ${from} or starts_with(name, ${from + HIERARCHY_DELIMITER}))`.execute(
      trx,
    );
    return { mailboxId: String(source.mailbox_id) };
  });
};

/** Names that only a subscription keeps give way to the mailboxes that come; a mailbox in the way refuses. */
async function removePlaceholders(trx: Trx, turn: Turn, from: string, to: string): Promise<void> {
  const { rows } = await sql<{ mailbox_id: number; present: boolean }>`select t.mailbox_id, t.present
    from mailbox s join mailbox t on t.account_id = s.account_id
      and t.name = ${to} || substr(s.name, ${from.length + 1}::int)
    where s.account_id = ${turn.account} and (s.name = ${from} or starts_with(s.name, ${from + HIERARCHY_DELIMITER}))`.execute(
    trx,
  );
  if (rows.some((row) => row.present)) throw new Refused('exists', 'a mailbox of the target name exists');
  for (const row of rows) {
    await trx
      .deleteFrom('mailbox')
      .where('account_id', '=', Number(turn.account))
      .where('mailbox_id', '=', row.mailbox_id)
      .execute();
  }
}
