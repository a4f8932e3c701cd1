import { sql } from 'kysely';
import {
  HIERARCHY_DELIMITER,
  MAX_MAILBOX_NAMES_BYTES,
  MAX_MAILBOXES,
  type SpecialUse,
} from '../../../shared/mailbox/types.ts';
import { canonicalName, newNameProblem } from '../mailbox-rows.ts';
import { OBJECT_CREATED, writeObjectChanges } from '../object-changes.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';

export const create: Operation<'create'> = async (turn, request) => {
  // RFC 9051 §6.3.4: a trailing delimiter declares the intent to make children; the name is without it.
  const name = canonicalName(
    request.name.endsWith(HIERARCHY_DELIMITER) ? request.name.slice(0, -1) : request.name,
  );
  const problem = newNameProblem(name);
  if (problem !== undefined) return refuse('bad-name', problem);
  return turn.commit(async (trx) => {
    const mailboxId = await createWithParents(trx, turn, name, request.specialUse ?? null);
    if (mailboxId === undefined) throw new Refused('exists', 'the mailbox exists');
    return { mailboxId: String(mailboxId) };
  });
};

/** Creates what is missing of the path; the last one's id, or undefined when it exists. */
export async function createWithParents(
  trx: Trx,
  turn: Pick<Turn, 'account' | 'now'>,
  name: string,
  specialUse: SpecialUse | null,
): Promise<number | undefined> {
  const levels = name.split(HIERARCHY_DELIMITER);
  const names = levels.map((_, index) => levels.slice(0, index + 1).join(HIERARCHY_DELIMITER));
  const there = await trx
    .selectFrom('mailbox')
    .select(['mailbox_id', 'name', 'present', 'subscribed'])
    .where('account_id', '=', Number(turn.account))
    .where('name', 'in', names)
    .execute();
  let mailboxId: number | undefined;
  let parentId: number | undefined;
  for (const path of names) {
    const row = there.find((found) => found.name === path);
    if (row?.present) {
      mailboxId = undefined;
      parentId = row.mailbox_id;
      continue;
    }
    mailboxId = await insertMailbox(trx, turn, path, path === name ? specialUse : null, row !== undefined);
    if (parentId !== undefined) await inheritAcl(trx, turn, parentId, mailboxId);
    parentId = mailboxId;
  }
  if (there.length < names.length) await refuseTooMany(trx, turn);
  return mailboxId;
}

/** RFC 4314 §4: a new mailbox takes over the access control list of its parent. */
async function inheritAcl(
  trx: Trx,
  turn: Pick<Turn, 'account'>,
  parentId: number,
  mailboxId: number,
): Promise<void> {
  await sql`insert into mailbox_acl (account_id, mailbox_id, identifier, rights)
    select account_id, ${mailboxId}, identifier, rights from mailbox_acl
    where account_id = ${turn.account} and mailbox_id = ${parentId}`.execute(trx);
}

/** To be called after the change: throws what undoes it. */
export async function refuseTooMany(trx: Trx, turn: Pick<Turn, 'account'>): Promise<void> {
  const { count, bytes } = await trx
    .selectFrom('mailbox')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number>(eb.fn('octet_length', ['name'])).as('bytes'),
    ])
    .where('account_id', '=', Number(turn.account))
    .executeTakeFirstOrThrow();
  if (Number(count) > MAX_MAILBOXES || Number(bytes) > MAX_MAILBOX_NAMES_BYTES)
    throw new Refused('limit', 'too many mailboxes');
}

/** A new mailbox always has a new id and a higher UIDVALIDITY, also in the place of one that was deleted. */
export async function insertMailbox(
  trx: Trx,
  turn: Pick<Turn, 'account' | 'now'>,
  name: string,
  specialUse: SpecialUse | null,
  replacesPlaceholder: boolean,
): Promise<number> {
  const taken = await trx
    .updateTable('account')
    .set((eb) => ({
      mailbox_next: eb('mailbox_next', '+', 1),
      uid_validity_last: eb.fn<number>('greatest', [
        eb('uid_validity_last', '+', 1),
        eb.val(Math.floor(turn.now / 1000)),
      ]),
      mod_seq: eb('mod_seq', '+', 1),
    }))
    .where('account_id', '=', Number(turn.account))
    .returning(['mailbox_next', 'uid_validity_last', 'mod_seq'])
    .executeTakeFirstOrThrow();
  const values = {
    mailbox_id: taken.mailbox_next - 1,
    uid_validity: taken.uid_validity_last,
    uid_next: 1,
    mod_seq: taken.mod_seq,
    recent_from: 1,
    special_use: specialUse,
    present: true,
  };
  if (replacesPlaceholder) {
    await trx
      .updateTable('mailbox')
      .set(values)
      .where('account_id', '=', Number(turn.account))
      .where('name', '=', name)
      .execute();
  } else {
    await trx
      .insertInto('mailbox')
      .values({ account_id: turn.account, name, subscribed: false, ...values })
      .execute();
  }
  await writeObjectChanges(trx, turn, values.mod_seq, 'Mailbox', OBJECT_CREATED, [values.mailbox_id]);
  return values.mailbox_id;
}
