import { sql } from 'kysely';
import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import type {
  EmailUpdate,
  MailboxRefusal,
  MailboxReply,
  MailboxRequest,
} from '../../../shared/mailbox/operations.ts';
import {
  type EmailId,
  Flag,
  type FlagSet,
  MAX_KEYWORDS,
  type MailboxId,
  type Uid,
} from '../../../shared/mailbox/types.ts';
import { formatUidSet, parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import { insertMessages } from '../insert-messages.ts';
import type { MailboxRow } from '../mailbox-rows.ts';
import { answered, remember } from '../request-replies.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';
import { transfer } from './copy.ts';
import { removeMessages } from './expunge.ts';
import { changeFlags } from './store.ts';

type Request = MailboxRequest<'setEmails'>;
type Outcome = MailboxRefusal | null;

/** Objects of one turn. */
const MAX_OBJECTS = 1_000;
const MAX_MAILBOXES_AN_EMAIL = 100;

/** Where an email is: one message a mailbox, but for copies within one. */
interface Copy {
  readonly mailboxId: MailboxId;
  readonly uid: Uid;
}

interface Found {
  readonly copies: readonly Copy[];
  readonly size: number;
  readonly keywords: number;
}

const NOT_FOUND = refuse('not-found', 'there is no such email');
const NO_MAILBOX = refuse('no-mailbox', 'there is no such mailbox');
const NOWHERE = refuse('no-mailbox', 'an email is in one mailbox at least');
const OVER_QUOTA = refuse('over-quota', 'the account is over its quota');
const TOO_MANY_KEYWORDS = refuse('limit', 'there are too many keywords');
const TOO_MANY_MAILBOXES = refuse('limit', 'there are too many mailboxes');

export const setEmails: Operation<'setEmails'> = async (turn, request) => {
  const before = await answered<'setEmails'>(turn, request.requestId);
  if (before !== undefined) return before;
  if (request.create.length + request.update.length + request.destroy.length > MAX_OBJECTS)
    return refuse('limit', 'too many at once');
  return turn.commit(async (trx) => {
    const oldModSeq = await modSeqOf(trx, turn);
    if (request.ifModSeq !== undefined && request.ifModSeq !== oldModSeq)
      throw new Refused('state-mismatch', 'the account has changed');
    const mailboxes = await mailboxesOf(trx, turn);
    const found = await findEmails(trx, turn, [
      ...request.update.map(({ emailId }) => emailId),
      ...request.destroy,
    ]);
    const created = await createEmails(trx, turn, mailboxes, request);
    const updated = await updateEmails(trx, turn, mailboxes, found, request.update);
    const destroyed = await destroyEmails(trx, turn, mailboxes, found, request.destroy);
    const modSeq = await modSeqOf(trx, turn);
    const reply: MailboxReply<'setEmails'> = { created, updated, destroyed, oldModSeq, modSeq };
    return remember(trx, turn, request.requestId, reply);
  });
};

async function modSeqOf(trx: Trx, turn: Turn): Promise<number> {
  const row = await trx
    .selectFrom('account')
    .select('mod_seq')
    .where('account_id', '=', Number(turn.account))
    .executeTakeFirstOrThrow();
  return row.mod_seq;
}

type Mailboxes = ReadonlyMap<MailboxId, MailboxRow>;

async function mailboxesOf(trx: Trx, turn: Turn): Promise<Mailboxes> {
  const rows = await trx
    .selectFrom('mailbox')
    .selectAll()
    .where('account_id', '=', Number(turn.account))
    .where('present', '=', true)
    .execute();
  return new Map(rows.map((row) => [String(row.mailbox_id), row]));
}

/** What is \Deleted is nowhere (RFC 8621 §4.1.1). */
async function findEmails(trx: Trx, turn: Turn, emailIds: readonly EmailId[]): Promise<Map<EmailId, Found>> {
  if (emailIds.length === 0) return new Map();
  const { rows } = await sql<{
    email_id: string;
    mailbox_id: number;
    uid: number;
    size: number;
    keywords: number;
  }>`select email_id, mailbox_id, uid, size, coalesce(array_length(keywords, 1), 0) as keywords from mailbox_message
    where email_id = any(${[...emailIds]}::uuid[]) and account_id = ${turn.account}
      and (flags & ${sql.lit(Flag.Deleted)}) = 0 order by email_id, mailbox_id, uid`.execute(trx);
  return new Map(
    [...Map.groupBy(rows, (row) => emailIdOf(row.email_id))].map(([emailId, own]) => [
      emailId,
      {
        copies: own.map((row) => ({ mailboxId: String(row.mailbox_id), uid: row.uid })),
        size: own[0]!.size,
        keywords: Math.max(...own.map((row) => row.keywords)),
      },
    ]),
  );
}

async function createEmails(
  trx: Trx,
  turn: Turn,
  mailboxes: Mailboxes,
  { create }: Request,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = create.map(({ mailboxIds, flags }) => {
    if (mailboxIds.length === 0) return NOWHERE;
    if (mailboxIds.length > MAX_MAILBOXES_AN_EMAIL) return TOO_MANY_MAILBOXES;
    if (mailboxIds.some((mailboxId) => !mailboxes.has(mailboxId))) return NO_MAILBOX;
    return flags.keywords.length > MAX_KEYWORDS ? TOO_MANY_KEYWORDS : null;
  });
  let room = { messages: 0, bytes: 0 };
  for (const [index, { size, mailboxIds }] of create.entries()) {
    if (outcomes[index] !== null) continue;
    const next = {
      messages: room.messages + mailboxIds.length,
      bytes: room.bytes + size * mailboxIds.length,
    };
    if (await overQuotaWithin(trx, turn, next)) outcomes[index] = OVER_QUOTA;
    else room = next;
  }
  const wanted = create.filter((_, index) => outcomes[index] === null);
  for (const mailboxId of new Set(wanted.flatMap(({ mailboxIds }) => mailboxIds))) {
    const messages = wanted.filter(({ mailboxIds }) => mailboxIds.includes(mailboxId));
    await insertMessages(trx, turn, mailboxes.get(mailboxId)!, messages);
  }
  return outcomes;
}

/** Would this much more exceed the account's quota? Asked within the transaction, which has the only connection there may be. */
async function overQuotaWithin(
  trx: Trx,
  turn: Turn,
  { messages, bytes }: { messages: number; bytes: number },
): Promise<boolean> {
  const { rows } = await sql`select 1 from account where account_id = ${turn.account}
    and (messages_used + ${messages} > quota_messages or bytes_used + ${bytes} > quota_bytes)`.execute(trx);
  return rows.length > 0;
}

interface Plan {
  readonly emailId: EmailId;
  readonly copies: readonly Copy[];
  readonly flags: EmailUpdate['flags'];
  readonly add: readonly MailboxId[];
  readonly remove: readonly Copy[];
}

async function updateEmails(
  trx: Trx,
  turn: Turn,
  mailboxes: Mailboxes,
  found: ReadonlyMap<EmailId, Found>,
  updates: readonly EmailUpdate[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const plans: Plan[] = [];
  let room = { messages: 0, bytes: 0 };
  for (const update of updates) {
    const email = found.get(update.emailId);
    const plan = email === undefined ? NOT_FOUND : planOf(mailboxes, email, update);
    if ('refused' in plan) {
      outcomes.push(plan);
      continue;
    }
    // A move takes no more room; what is in more mailboxes than before does.
    const more = Math.max(0, plan.add.length - plan.remove.length);
    const next = { messages: room.messages + more, bytes: room.bytes + more * email!.size };
    if (more > 0 && (await overQuotaWithin(trx, turn, next))) {
      outcomes.push(OVER_QUOTA);
      continue;
    }
    room = next;
    outcomes.push(null);
    plans.push(plan);
  }
  await applyFlags(trx, turn, mailboxes, plans);
  await applyMailboxes(trx, turn, mailboxes, plans);
  return outcomes;
}

function planOf(
  mailboxes: Mailboxes,
  { copies, keywords }: Found,
  update: EmailUpdate,
): Plan | MailboxRefusal {
  const there = new Set(copies.map(({ mailboxId }) => mailboxId));
  const wanted = new Set<MailboxId>(there);
  const { mailboxes: change, flags } = update;
  if (change !== undefined && 'replace' in change) {
    wanted.clear();
    for (const mailboxId of change.replace) wanted.add(mailboxId);
  } else if (change !== undefined) {
    for (const mailboxId of change.remove) wanted.delete(mailboxId);
    for (const mailboxId of change.add) wanted.add(mailboxId);
  }
  if (wanted.size === 0) return NOWHERE;
  if (wanted.size > MAX_MAILBOXES_AN_EMAIL) return TOO_MANY_MAILBOXES;
  for (const mailboxId of wanted) if (!mailboxes.has(mailboxId)) return NO_MAILBOX;
  if (flags !== undefined) {
    const count = 'replace' in flags ? flags.replace.keywords.length : keywords + flags.add.keywords.length;
    if (count > MAX_KEYWORDS) return TOO_MANY_KEYWORDS;
  }
  return {
    emailId: update.emailId,
    copies,
    flags,
    add: [...wanted].filter((mailboxId) => !there.has(mailboxId)),
    remove: copies.filter(({ mailboxId }) => !wanted.has(mailboxId)),
  };
}

/** Emails that are changed alike, mailbox by mailbox: one statement for all of them. */
async function applyFlags(trx: Trx, turn: Turn, mailboxes: Mailboxes, plans: readonly Plan[]): Promise<void> {
  const alike = Map.groupBy(
    plans.filter(({ flags }) => flags !== undefined),
    ({ flags }) => JSON.stringify(flags),
  );
  for (const group of alike.values()) {
    const flags = group[0]!.flags!;
    const byMailbox = Map.groupBy(
      group.flatMap(({ copies }) => copies),
      ({ mailboxId }) => mailboxId,
    );
    for (const [mailboxId, copies] of byMailbox) {
      const ranges = rangesOf(copies);
      const mailbox = mailboxes.get(mailboxId)!;
      const change = (mode: 'add' | 'remove' | 'replace', set: FlagSet): Promise<unknown> =>
        changeFlags(trx, turn, mailbox, ranges, { mode, flags: set });
      if ('replace' in flags) await change('replace', flags.replace);
      else {
        if (!isEmpty(flags.add)) await change('add', flags.add);
        if (!isEmpty(flags.remove)) await change('remove', flags.remove);
      }
    }
  }
}

/** Copies first, then moves, then what only leaves; emails that go the same way together. */
async function applyMailboxes(
  trx: Trx,
  turn: Turn,
  mailboxes: Mailboxes,
  plans: readonly Plan[],
): Promise<void> {
  const copied = new Map<string, Copy[]>();
  const moved = new Map<string, Copy[]>();
  const removed = new Map<string, Copy[]>();
  const put = (map: Map<string, Copy[]>, key: string, copy: Copy): void =>
    void map.set(key, [...(map.get(key) ?? []), copy]);
  for (const { copies, add, remove } of plans) {
    const pairs = Math.min(add.length, remove.length);
    for (const [index, to] of add.entries()) {
      const from = index < pairs ? remove[index]! : copies[0]!;
      put(index < pairs ? moved : copied, `${from.mailboxId} ${to}`, from);
    }
    for (const copy of remove.slice(pairs)) put(removed, copy.mailboxId, copy);
  }
  for (const [move, map] of [
    [false, copied],
    [true, moved],
  ] as const) {
    for (const [key, copies] of map) {
      const [from = '', to = ''] = key.split(' ');
      await transfer(trx, turn, { from: mailboxes.get(from)!, to: Number(to), ...rangesOf(copies), move });
    }
  }
  for (const [mailboxId, copies] of removed)
    await removeMessages(trx, turn, mailboxes.get(mailboxId)!, rangesOf(copies), true);
}

async function destroyEmails(
  trx: Trx,
  turn: Turn,
  mailboxes: Mailboxes,
  found: ReadonlyMap<EmailId, Found>,
  destroy: readonly EmailId[],
): Promise<Outcome[]> {
  // Read anew: an update of the same request may have moved them.
  const now = found.size === 0 ? found : await findEmails(trx, turn, destroy);
  const copies = [...now.values()].flatMap((email) => email.copies);
  for (const [mailboxId, own] of Map.groupBy(copies, (copy) => copy.mailboxId))
    await removeMessages(trx, turn, mailboxes.get(mailboxId)!, rangesOf(own), true);
  return destroy.map((emailId) => (now.has(emailId) ? null : NOT_FOUND));
}

const rangesOf = (copies: readonly Copy[]) =>
  parseUidSet(formatUidSet(copies.map(({ uid }) => uid).sort((a, b) => a - b)))!;

const isEmpty = ({ system, keywords }: FlagSet): boolean => system === 0 && keywords.length === 0;
