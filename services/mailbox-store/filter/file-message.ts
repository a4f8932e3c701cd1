import { sql } from 'kysely';
import type { AccountId, EmailId } from '../../../shared/mailbox/types.ts';
import { HIERARCHY_DELIMITER, MAX_MAILBOXES } from '../../../shared/mailbox/types.ts';
import type { SieveAction } from '../../../shared/sieve/run.ts';
import type { Delivered } from '../../../shared/spool/deliver.ts';
import { insertMessages } from '../insert-messages.ts';
import { canonicalName, nameProblem } from '../mailbox-rows.ts';
import { createWithParents } from '../operations/create.ts';
import type { Trx } from '../turn.ts';
import { flagSetOf } from './flag-set.ts';

const INBOX_ID = 1;

export type Target = Extract<SieveAction, { kind: 'keep' | 'fileinto' }>;

interface FilingTurn {
  readonly account: AccountId;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Puts one message into each mailbox that the targets mean, once. `messages` of the result: into how many. */
export async function fileMessage(
  trx: Trx,
  turn: FilingTurn,
  targets: readonly Target[],
  message: { readonly emailId: EmailId; readonly size: number },
  queuedAt: number,
): Promise<Delivered> {
  const chosen = new Map<number, readonly string[]>();
  for (const target of targets) chosen.set(await mailboxOf(trx, turn, target), target.flags);
  let modSeq = 0;
  let uidNext = 0;
  for (const [mailboxId, flags] of chosen) {
    const mailbox = { account_id: Number(turn.account), mailbox_id: mailboxId };
    const inserted = await insertMessages(trx, turn, mailbox, [
      { emailId: message.emailId, size: message.size, internalDate: queuedAt, flags: flagSetOf(flags) },
    ]);
    modSeq = inserted.modSeq;
    uidNext = inserted.uids[0]! + 1;
  }
  return { account: turn.account, modSeq, uidNext, messages: chosen.size };
}

/** By special use, by name, made when the script says so; else INBOX, so that nothing is lost. */
async function mailboxOf(trx: Trx, turn: FilingTurn, target: Target): Promise<number> {
  if (target.kind === 'keep') return INBOX_ID;
  const boxes = trx
    .selectFrom('mailbox')
    .select('mailbox_id')
    .where('account_id', '=', Number(turn.account))
    .where('present', '=', true);
  if (target.specialUse !== null) {
    const found = await boxes
      .where(sql`lower(special_use)`, '=', target.specialUse.toLowerCase())
      .orderBy('mailbox_id')
      .limit(1)
      .executeTakeFirst();
    if (found !== undefined) return found.mailbox_id;
  }
  const name = canonicalName(target.mailbox);
  if (nameProblem(name) !== undefined) return INBOX_ID;
  const found = await boxes.where('name', '=', name).executeTakeFirst();
  if (found !== undefined || !target.create) return found?.mailbox_id ?? INBOX_ID;
  if (!(await hasRoom(trx, turn, name))) return INBOX_ID;
  return (await createWithParents(trx, turn, name, null)) ?? INBOX_ID;
}

/** Asked before: a refusal in the middle of the transaction would undo the delivery, and those of others. */
async function hasRoom(trx: Trx, turn: FilingTurn, name: string): Promise<boolean> {
  const { count } = await trx
    .selectFrom('mailbox')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', Number(turn.account))
    .executeTakeFirstOrThrow();
  return Number(count) + name.split(HIERARCHY_DELIMITER).length < MAX_MAILBOXES / 2;
}
