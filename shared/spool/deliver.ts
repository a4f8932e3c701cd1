import { FENCE_SQL, type Fence, FenceLost } from '../actor/fence.ts';
import { arrayOf, type Database, type ElementType } from '../database/port.ts';
import { emailIdOf } from '../mailbox/email-id.ts';
import type { AccountId, EmailId } from '../mailbox/types.ts';
import { REPORTED_COLUMNS, successReportSql } from './success-report.ts';

/** One local spool entry. */
export interface LocalEntry {
  readonly partition: number;
  readonly account: AccountId;
  readonly emailId: EmailId;
  readonly traceparent?: string | null;
  /** It is for Junk, which `deliverLocal` does not do. */
  readonly junk?: boolean;
}

/** What a delivery did to one account's INBOX. */
export interface Delivered {
  readonly account: AccountId;
  readonly modSeq: number;
  readonly uidNext: number;
  readonly messages: number;
}

const INBOX_ID = 1;
const APPENDED = 1;

/**
 * Delivers and settles in ONE statement, which is one transaction: the spool entries go, and UIDs, message rows, quota,
 * counters and journal rows come, and for a sender who asked to be told (NOTIFY=SUCCESS) a report. An entry that is no longer there was delivered before and is passed over.
 * No bytes move. An entry whose account is gone stays; when the account goes at this very moment, after the entry was
 * seen to have a mailbox, the last line makes the statement fail, so that the entry is not lost (a cast of a constant
 * would fail always).
 */
const DELIVER_SQL = `with fence as materialized (${FENCE_SQL}),
taken as (
  delete from spool_local s using unnest($2::smallint[], $3::bigint[], $4::uuid[]) with ordinality
    as w (partition, account_id, email_id, n)
  where s.partition = w.partition and s.account_id = w.account_id and s.email_id = w.email_id
    and s.held_from is null and exists (select from fence)
    and exists (select from mailbox m where m.account_id = w.account_id and m.mailbox_id = ${INBOX_ID})
  returning ${REPORTED_COLUMNS}, w.n),
counted as (
  select account_id, count(*)::int as n, sum(size)::bigint as bytes from taken group by account_id),
acc as (
  update account a set mod_seq = a.mod_seq + 1, messages_used = a.messages_used + c.n, bytes_used = a.bytes_used + c.bytes
  from counted c where a.account_id = c.account_id
  returning a.account_id, a.mod_seq, c.n, c.bytes),
box as (
  update mailbox m set uid_next = m.uid_next + acc.n, mod_seq = acc.mod_seq, messages = m.messages + acc.n,
    unseen = m.unseen + acc.n, bytes = m.bytes + acc.bytes
  from acc where m.account_id = acc.account_id and m.mailbox_id = ${INBOX_ID}
  returning m.account_id, m.uid_next, acc.n, acc.mod_seq),
ins as (
  insert into mailbox_message (account_id, mailbox_id, uid, email_id, mod_seq, flags, size, internal_at, saved_at)
  select t.account_id, ${INBOX_ID}, b.uid_next - b.n - 1 + row_number() over (partition by t.account_id order by t.n),
    t.email_id, b.mod_seq, 0, t.size, t.queued_at, $5::bigint
  from taken t join box b using (account_id)),
jour as (
  insert into journal (account_id, mod_seq, mailbox_id, kind, uids, at)
  select account_id, mod_seq, ${INBOX_ID}, ${APPENDED},
    case when n = 1 then (uid_next - 1)::text else (uid_next - n) || ':' || (uid_next - 1) end, $5 from box),
rep as (${successReportSql('$5')})
select f.n as fenced, b.account_id, b.mod_seq, b.uid_next, b.n
from (select count(*)::int as n from fence) f left join box b on true
where case when (select count(*) from taken) = (select coalesce(sum(n), 0) from box) then true
  else (f.n || ': an account went away')::boolean end`;

interface Row {
  fenced: number;
  account_id: number | null;
  mod_seq: number;
  uid_next: number;
  n: number;
}

/** Throws `FenceLost` (nothing was delivered) and what the database throws. `now` in Unix milliseconds. */
export async function deliverLocal(
  database: Database,
  fence: Fence,
  entries: readonly LocalEntry[],
  now: number,
): Promise<Map<AccountId, Delivered>> {
  const column = <Value>(type: ElementType, value: (entry: LocalEntry) => Value): Value[] =>
    arrayOf(type, entries.map(value));
  const rows = await database.prepared<Row>('deliver', DELIVER_SQL, [
    fence.replicaId,
    column('int2', (entry) => entry.partition),
    column('int8', (entry) => entry.account),
    column('uuid', (entry) => entry.emailId),
    now,
  ]);
  if (rows[0]?.fenced !== 1) throw new FenceLost(fence.replicaId);
  const delivered = new Map<AccountId, Delivered>();
  for (const row of rows) {
    if (row.account_id === null) continue;
    const account = String(row.account_id);
    delivered.set(account, { account, modSeq: row.mod_seq, uidNext: row.uid_next, messages: row.n });
  }
  return delivered;
}

/**
 * Entries of these partitions that a hint may have missed: queued before `before`, at most `limit`. Those whose account
 * is gone are left out: they would take the places of entries that can be delivered.
 */
export async function waitingLocal(
  database: Database,
  partitions: readonly number[],
  before: number,
  limit: number,
): Promise<LocalEntry[]> {
  if (partitions.length === 0) return [];
  const rows = await database.prepared<{
    partition: number;
    account_id: number;
    email_id: string;
    traceparent: string | null;
    junk: boolean;
  }>(
    'waiting_local',
    `select partition, account_id, email_id, traceparent, coalesce((dsn->>'junk')::boolean, false) as junk from spool_local s
     where partition = any($1::smallint[]) and queued_at <= $2
       and exists (select from account a where a.account_id = s.account_id) limit $3`,
    [partitions, before, limit],
  );
  return rows.map((row) => ({
    partition: row.partition,
    account: String(row.account_id),
    emailId: emailIdOf(row.email_id),
    traceparent: row.traceparent,
    junk: row.junk,
  }));
}
