import { sql } from 'kysely';
import { checkFence, type Fence } from '../../../shared/actor/fence.ts';
import type { Database } from '../../../shared/database/port.ts';
import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import type { AccountId, EmailId } from '../../../shared/mailbox/types.ts';
import {
  type IndexedMessage,
  insertIndexed,
  readForIndex,
  unreadable,
} from '../../../shared/search/index-messages.ts';
import { CHUNK_BYTES, type MessageStorage } from '../../../shared/storage/port.ts';
import type { Trx } from '../turn.ts';
import { sealSegments } from './seal-segments.ts';
import { assignThreads } from './threads.ts';

export interface IndexContext {
  readonly database: Database;
  readonly storage: MessageStorage;
  readonly fence: () => Fence;
  /** Told of a message whose text could not be read. */
  readonly unreadable: (emailId: EmailId, error: unknown) => void;
}

/** Rows a round looks at: most that it has met before cost nothing more, as after a COPY of many. */
const ROWS_A_ROUND = 2_000;
/** New messages a round decodes: so many, so many bytes. */
const MESSAGES_A_ROUND = 100;
const BYTES_A_ROUND = 4_194_304;

interface Row {
  account_id: number;
  mailbox_id: number;
  uid_next: number;
  uid: number | null;
  email_id: string | null;
  size: number;
  known: boolean;
  decoded: boolean;
}

/**
 * Takes the next messages of these accounts into the search index: decoded once whoever has them, in a place of its own in each
 * account, with a thread. In one commit with the cursors, which are the queue: a kill at any point loses nothing and does nothing
 * twice. Returns the accounts that were not finished.
 */
export async function indexRound(
  context: IndexContext,
  accounts: readonly AccountId[],
): Promise<{ messages: number; unfinished: Set<AccountId> }> {
  const found = await context.database.prepared<Row>('index_waiting', WAITING, [accounts, ROWS_A_ROUND]);
  const rows = upToBudget(found);
  const unfinished = new Set<AccountId>(
    rows.length < found.length || found.length >= ROWS_A_ROUND
      ? found.map((row) => String(row.account_id))
      : [],
  );
  // The last account may have more than the limit let see, and so may those after it.
  if (found.length >= ROWS_A_ROUND) for (const account of accounts) unfinished.add(account);
  if (rows.length === 0) return { messages: 0, unfinished };
  const undecoded = new Map<EmailId, number>();
  for (const row of rows)
    if (row.email_id !== null && !row.decoded) undecoded.set(emailIdOf(row.email_id), row.size);
  const messages = await decode(context, undecoded);
  await context.database.transaction(async (trx) => {
    await checkFence(trx, context.fence());
    const ids = [...new Set(rows.map((row) => row.account_id))].sort((a, b) => a - b);
    // Against the deletion of an account; its writes of other kinds go on beside.
    const { rows: present } = await sql<{
      account_id: number;
    }>`select account_id from account where account_id = any(${ids}::bigint[]) order by account_id for key share`.execute(
      trx,
    );
    const there = new Set(present.map((row) => row.account_id));
    const own = rows.filter((row) => there.has(row.account_id));
    await insertIndexed(trx, messages);
    await addToAccounts(trx, own);
    await moveCursors(trx, own);
  });
  for (const account of new Set(rows.map((row) => row.account_id))) await sealSegments(context, account);
  return { messages: messages.length, unfinished };
}

/** `known`: the account has it in the index, `decoded`: some account has. Without a uid: a mailbox whose messages above the cursor are gone. */
const WAITING = `select b.account_id, b.mailbox_id, b.uid_next, m.uid, m.email_id, coalesce(m.size, 0) as size,
    exists (select from account_message a where a.email_id = m.email_id and a.account_id = b.account_id) as known,
    exists (select from message_text t where t.email_id = m.email_id) as decoded
  from mailbox b left join search_cursor c using (account_id, mailbox_id)
  left join lateral (
    select x.uid, x.email_id, x.size from mailbox_message x
    where x.account_id = b.account_id and x.mailbox_id = b.mailbox_id and x.uid > coalesce(c.uid, 0)
    order by x.uid limit $2) m on true
  where b.account_id = any($1::bigint[]) and b.uid_next - 1 > coalesce(c.uid, 0)
  limit $2`;

/** The first rows, until there is enough to decode; at least one. */
function upToBudget(rows: readonly Row[]): readonly Row[] {
  let messages = 0;
  let bytes = 0;
  for (const [index, row] of rows.entries()) {
    if (row.email_id === null || row.decoded) continue;
    messages += 1;
    bytes += Math.min(row.size, CHUNK_BYTES * 8);
    if (messages > MESSAGES_A_ROUND || (messages > 1 && bytes > BYTES_A_ROUND)) return rows.slice(0, index);
  }
  return rows;
}

async function decode(
  { storage, unreadable: tell }: IndexContext,
  wanted: ReadonlyMap<EmailId, number>,
): Promise<IndexedMessage[]> {
  const small = [...wanted].filter(([, size]) => size <= CHUNK_BYTES).map(([emailId]) => emailId);
  const [structures, bytes] = await Promise.all([
    storage.structures([...wanted.keys()]),
    storage.readMany(small),
  ]);
  const messages: IndexedMessage[] = [];
  for (const [emailId, { structure }] of structures) {
    const message = { emailId, structure, bytes: bytes.get(emailId) };
    try {
      messages.push(await readForIndex(storage, message));
    } catch (error) {
      tell(emailId, error);
      messages.push(unreadable(message));
    }
    // Mail goes first.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return messages.sort((a, b) => (a.emailId < b.emailId ? -1 : 1));
}

interface Place {
  readonly account: number;
  readonly emailId: EmailId;
}

async function addToAccounts(trx: Trx, rows: readonly Row[]): Promise<void> {
  const places = new Map<string, Place>();
  for (const { account_id: account, email_id, known } of rows) {
    if (email_id === null || known) continue;
    places.set(`${account} ${email_id}`, { account, emailId: emailIdOf(email_id) });
  }
  if (places.size === 0) return;
  const accounts = [...new Set([...places.values()].map(({ account }) => account))].sort((a, b) => a - b);
  const { rows: counters } = await sql<{ account_id: number; next_ord: number }>`
    insert into search_account (account_id) select unnest(${accounts}::bigint[])
    on conflict (account_id) do update set next_ord = search_account.next_ord
    returning account_id, next_ord`.execute(trx);
  const next = new Map(counters.map((row) => [row.account_id, row.next_ord]));
  const all = [...places.values()];
  const threads = await assignThreads(trx, all);
  // Looked at again, as another replica may have been here; and those whose bytes are gone have no text.
  const { rows: added } = await sql<{ account_id: number; email_id: string; n: number }>`
    select w.account_id, w.email_id, w.n::int
    from unnest(${all.map((place) => place.account)}::bigint[],
      ${all.map((place) => place.emailId)}::uuid[]) with ordinality w (account_id, email_id, n)
    where exists (select from message_text t where t.email_id = w.email_id)
      and not exists (select from account_message a where a.email_id = w.email_id and a.account_id = w.account_id)
    order by w.n`.execute(trx);
  if (added.length === 0) return;
  const ords = added.map(({ account_id: account }) => {
    const ord = next.get(account)!;
    next.set(account, ord + 1);
    return ord;
  });
  await sql`insert into account_message (account_id, ord, email_id, thread_id, whole)
    select w.account_id, w.ord, w.email_id, w.thread_id, t.whole
    from unnest(${added.map((row) => row.account_id)}::bigint[], ${ords}::int[],
      ${added.map((row) => row.email_id)}::uuid[], ${added.map((row) => threads[row.n - 1]!)}::uuid[])
      w (account_id, ord, email_id, thread_id)
    join message_text t using (email_id)`.execute(trx);
  await sql`update search_account s set next_ord = w.next_ord
    from unnest(${[...next.keys()]}::bigint[], ${[...next.values()]}::int[]) w (account_id, next_ord)
    where s.account_id = w.account_id`.execute(trx);
}

async function moveCursors(trx: Trx, rows: readonly Row[]): Promise<void> {
  const cursors = new Map<string, { account: number; mailbox: number; uid: number }>();
  for (const { account_id: account, mailbox_id: mailbox, uid, uid_next: uidNext } of rows) {
    const key = `${account} ${mailbox}`;
    const reached = uid ?? uidNext - 1;
    const before = cursors.get(key);
    if (before === undefined || before.uid < reached) cursors.set(key, { account, mailbox, uid: reached });
  }
  const all = [...cursors.values()].sort((a, b) => a.account - b.account || a.mailbox - b.mailbox);
  await sql`insert into search_cursor (account_id, mailbox_id, uid)
    select * from unnest(${all.map((row) => row.account)}::bigint[], ${all.map((row) => row.mailbox)}::bigint[],
      ${all.map((row) => row.uid)}::bigint[])
    on conflict (account_id, mailbox_id) do update set uid = greatest(search_cursor.uid, excluded.uid)`.execute(
    trx,
  );
}
