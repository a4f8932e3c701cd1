import { sql } from 'kysely';
import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import {
  canonicalName,
  MAX_MESSAGES_A_TURN,
  mailboxByName,
  nameProblem,
  newNameProblem,
  nextModSeq,
} from '../mailbox-rows.ts';
import { OBJECT_UPDATED, writeObjectChanges } from '../object-changes.ts';
import { dropIdlePlaceholders } from '../placeholders.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';
import { transfer } from './copy.ts';
import { createWithParents, refuseTooMany } from './create.ts';

export const rename: Operation<'rename'> = async (turn, request) => {
  const from = canonicalName(request.from);
  const to = canonicalName(request.to.endsWith(HIERARCHY_DELIMITER) ? request.to.slice(0, -1) : request.to);
  const problem = newNameProblem(to);
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
      for (let moved = MAX_MESSAGES_A_TURN; moved === MAX_MESSAGES_A_TURN; ) {
        const all = { low: [1], high: [source.uid_next] };
        const page = await transfer(trx, turn, {
          from: source,
          to: mailboxId,
          ...all,
          move: true,
          most: true,
        });
        moved = page.sourceUids.length;
      }
      return { mailboxId: String(mailboxId) };
    });
  }
  const moved = await turn.database.prepared<{ mailbox_id: number; name: string; present: boolean }>(
    'mailbox_tree',
    'select mailbox_id, name, present from mailbox where account_id = $1 and (name = $2 or starts_with(name, $3))',
    [turn.account, from, from + HIERARCHY_DELIMITER],
  );
  if (!moved.some((row) => row.present)) return refuse('not-found', 'no such mailbox');
  const newProblem = moved.map((row) => nameProblem(to + row.name.slice(from.length))).find(Boolean);
  if (newProblem !== undefined) return refuse('bad-name', newProblem);

  return turn.commit(async (trx) => {
    const modSeq = await nextModSeq(trx, turn);
    const ids = moved.map((row) => row.mailbox_id);
    await writeObjectChanges(trx, turn, modSeq, 'Mailbox', OBJECT_UPDATED, ids);
    // By way of names that cannot be: a moved mailbox may take the old name of another (a/b → a, with a/b/b).
    await move(trx, turn, from, ASIDE + from);
    const parent = to.lastIndexOf(HIERARCHY_DELIMITER);
    if (parent > 0) await createWithParents(trx, turn, to.slice(0, parent), null);
    await replacePlaceholders(trx, turn, ASIDE + from, to);
    await move(trx, turn, ASIDE + from, to);
    await dropIdlePlaceholders(trx, turn);
    await refuseTooMany(trx, turn);
    return { mailboxId: String(source.mailbox_id) };
  });
};

/** In characters as Postgres counts them: of two UTF-16 units is one. */
function lengthOf(name: string): number {
  return [...name].length;
}

/** No name has a control character. */
const ASIDE = '\u0001';

async function move(trx: Trx, turn: Turn, from: string, to: string): Promise<void> {
  await sql`update mailbox set name = ${to} || substr(name, ${lengthOf(from) + 1}::int)
    where account_id = ${turn.account} and (name = ${from} or starts_with(name, ${from + HIERARCHY_DELIMITER}))`.execute(
    trx,
  );
}

/** Names that only a subscription keeps give way to the mailboxes that come and stay subscribed; a mailbox in the way refuses. */
async function replacePlaceholders(trx: Trx, turn: Turn, from: string, to: string): Promise<void> {
  const { rows } = await sql<{
    source: number;
    target: number;
    present: boolean;
    subscribed: boolean;
  }>`select s.mailbox_id as source, t.mailbox_id as target, t.present, t.subscribed
    from mailbox s join mailbox t on t.account_id = s.account_id
      and t.name = ${to} || substr(s.name, ${lengthOf(from) + 1}::int)
    where s.account_id = ${turn.account} and (s.name = ${from} or starts_with(s.name, ${from + HIERARCHY_DELIMITER}))`.execute(
    trx,
  );
  if (rows.some((row) => row.present)) throw new Refused('exists', 'a mailbox of the target name exists');
  for (const { source, target, subscribed } of rows) {
    await trx
      .deleteFrom('mailbox')
      .where('account_id', '=', Number(turn.account))
      .where('mailbox_id', '=', target)
      .execute();
    if (!subscribed) continue;
    await trx
      .updateTable('mailbox')
      .set({ subscribed })
      .where('account_id', '=', Number(turn.account))
      .where('mailbox_id', '=', source)
      .execute();
  }
}
