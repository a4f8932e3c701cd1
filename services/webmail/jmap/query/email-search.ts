import { type RawBuilder, sql } from 'kysely';
import { type AccountId, type EmailId, Flag } from '../../../../shared/mailbox/types.ts';
import { fold } from '../../../../shared/search/fold.ts';
import type { TextQuery } from '../../../../shared/search/search-index.ts';
import { keywordTest } from '../email/keywords.ts';
import {
  type EmailCondition,
  type EmailFilter,
  isByThread,
  isOperator,
  mailboxOf,
  searchWords,
} from './email-filter.ts';
import { type EmailComparator, isThreadComparator } from './email-sort.ts';

type Sql = RawBuilder<unknown>;

/** A text that the filter looks for, and the emails that have it. */
export type FindText = (query: TextQuery) => Promise<readonly EmailId[]>;

const DELETED = sql.lit(Flag.Deleted);

/**
 * One statement for a whole query: the emails of an account that match, in order. Over the rows of one mailbox when every
 * match is in it, else over all of the account, each email once.
 * Its one row: 16 bytes an email, and 16 of its thread behind them when those are wanted. @param first so many alone; undefined: all.
 */
export async function emailSearchSql(
  account: AccountId,
  filter: EmailFilter | undefined,
  sort: readonly EmailComparator[],
  wantsThreads: boolean,
  findText: FindText,
  first?: number,
): Promise<RawBuilder<{ ids: Buffer | null }>> {
  const mailboxId = mailboxOf(filter);
  const scope = { account, mailboxId, findText };
  const where = filter === undefined ? sql`true` : await filterSql(scope, filter);
  const threads = wantsThreads || isByThread(filter) || sort.some(isThreadComparator);
  const sorted = sort.some(({ property }) => ['sentAt', 'from', 'to', 'subject'].includes(property));
  const order = [...sort.map((one) => orderSql(scope, one)), sql`m.internal_at desc`, sql`m.email_id desc`];
  const base =
    mailboxId === undefined
      ? sql`(select email_id, min(internal_at) as internal_at, max(size) as size,
          (bit_or(flags) & ~1) | (bit_and(flags) & 1) as flags from mailbox_message
          where account_id = ${account} and (flags & ${DELETED}) = 0 group by email_id) m`
      : sql`(select email_id, internal_at, size, flags, keywords from mailbox_message
          where account_id = ${account} and mailbox_id = ${mailboxId} and (flags & ${DELETED}) = 0) m`;
  // Sorted once: with two aggregates Postgres would sort for each.
  const keys = wantsThreads
    ? sql`uuid_send(m.email_id) || uuid_send(coalesce(a.thread_id, m.email_id))`
    : sql`uuid_send(m.email_id)`;
  const from = sql`from ${base}
    ${threads ? sql`left join account_message a on a.account_id = ${account} and a.email_id = m.email_id` : sql``}
    ${sorted ? sql`left join message_sort s on s.email_id = m.email_id` : sql``}
    where ${where}`;
  if (first === undefined)
    return sql<{
      ids: Buffer | null;
    }>`select string_agg(${keys}, ''::bytea order by ${sql.join(order)}) as ids ${from}`;
  return sql<{ ids: Buffer | null }>`select string_agg(k, ''::bytea order by n) as ids from (
    select ${keys} as k, row_number() over (order by ${sql.join(order)}) as n ${from}
    order by ${sql.join(order)} limit ${first}) q`;
}

interface Scope {
  readonly account: AccountId;
  readonly mailboxId: string | undefined;
  readonly findText: FindText;
}

async function filterSql(scope: Scope, filter: EmailFilter): Promise<Sql> {
  if (!isOperator(filter)) return conditionSql(scope, filter);
  const inner: Sql[] = [];
  for (const each of filter.conditions) inner.push(await filterSql(scope, each));
  if (inner.length === 0) return filter.operator === 'OR' ? sql`false` : sql`true`;
  switch (filter.operator) {
    case 'AND':
      return sql`(${sql.join(inner, sql` and `)})`;
    case 'OR':
      return sql`(${sql.join(inner, sql` or `)})`;
    case 'NOT':
      return sql`not (${sql.join(inner, sql` or `)})`;
  }
}

async function conditionSql(scope: Scope, condition: EmailCondition): Promise<Sql> {
  const { account } = scope;
  const all: Sql[] = [];
  const elsewhere = (where: Sql): Sql =>
    sql`exists (select from mailbox_message x where x.email_id = m.email_id and x.account_id = ${account}
      and (x.flags & ${DELETED}) = 0 and ${where})`;
  const { inMailbox, inMailboxOtherThan, before, after, minSize, maxSize } = condition;
  if (inMailbox !== undefined && inMailbox !== scope.mailboxId)
    all.push(elsewhere(sql`x.mailbox_id = ${inMailbox}`));
  if (inMailboxOtherThan !== undefined)
    all.push(elsewhere(sql`x.mailbox_id <> all(${inMailboxOtherThan}::bigint[])`));
  if (before !== undefined) all.push(sql`m.internal_at < ${before}`);
  if (after !== undefined) all.push(sql`m.internal_at >= ${after}`);
  if (minSize !== undefined) all.push(sql`m.size >= ${minSize}`);
  if (maxSize !== undefined) all.push(sql`m.size < ${maxSize}`);
  if (condition.hasKeyword !== undefined) all.push(hasKeyword(scope, condition.hasKeyword));
  if (condition.notKeyword !== undefined) all.push(sql`not ${hasKeyword(scope, condition.notKeyword)}`);
  if (condition.someInThreadHaveKeyword !== undefined)
    all.push(someInThread(scope, condition.someInThreadHaveKeyword));
  if (condition.noneInThreadHaveKeyword !== undefined)
    all.push(sql`not ${someInThread(scope, condition.noneInThreadHaveKeyword)}`);
  if (condition.allInThreadHaveKeyword !== undefined)
    all.push(allInThread(scope, condition.allInThreadHaveKeyword));
  if (condition.hasAttachment !== undefined)
    all.push(
      sql`coalesce((select h.has_attachment from message_summary h where h.email_id = m.email_id), false) = ${condition.hasAttachment}`,
    );
  for (const query of textQueries(condition))
    all.push(sql`m.email_id = any(${await scope.findText(query)}::uuid[])`);
  return all.length === 0 ? sql`true` : sql`(${sql.join(all, sql` and `)})`;
}

const HEADER_CONDITIONS = ['from', 'to', 'cc', 'bcc', 'subject'] as const;

/** All of these strings have to be there. */
export function textQueries(condition: EmailCondition): TextQuery[] {
  const queries: TextQuery[] = [];
  for (const place of ['text', 'body'] as const)
    for (const word of searchWords(condition[place] ?? '')) queries.push({ in: place, needle: fold(word) });
  for (const field of HEADER_CONDITIONS)
    for (const word of searchWords(condition[field] ?? ''))
      queries.push({ in: 'header', field, needle: fold(word) });
  if (condition.header !== undefined) {
    const [name = '', value = ''] = condition.header;
    queries.push({ in: 'header', field: name.toLowerCase(), needle: fold(value) });
  }
  return queries;
}

/** Of the row itself: rows of one mailbox have their keywords, emails of the account those of all their copies. */
function hasKeyword({ account, mailboxId }: Scope, name: string): Sql {
  const test = keywordTest(name);
  if ('bit' in test) return sql`(m.flags & ${sql.lit(test.bit)}) <> 0`;
  if (mailboxId !== undefined)
    return sql`coalesce(exists (select from unnest(m.keywords) k where lower(k) = ${test.keyword}), false)`;
  return sql`m.email_id in (select x.email_id from mailbox_message x where x.account_id = ${account}
    and x.keywords is not null and exists (select from unnest(x.keywords) k where lower(k) = ${test.keyword}))`;
}

/** Over other rows `x` of the account. */
function rowHasKeyword(name: string): Sql {
  const test = keywordTest(name);
  return 'bit' in test
    ? sql`(x.flags & ${sql.lit(test.bit)}) <> 0`
    : sql`(x.keywords is not null and exists (select from unnest(x.keywords) k where lower(k) = ${test.keyword}))`;
}

function threadsWhere({ account }: Scope, where: Sql): Sql {
  return sql`(select b.thread_id from mailbox_message x
    join account_message b on b.account_id = ${account} and b.email_id = x.email_id
    where x.account_id = ${account} and (x.flags & ${DELETED}) = 0 and ${where})`;
}

const someInThread = (scope: Scope, name: string): Sql =>
  sql`coalesce(a.thread_id in ${threadsWhere(scope, rowHasKeyword(name))}, false)`;

const allInThread = (scope: Scope, name: string): Sql =>
  sql`coalesce(a.thread_id not in ${threadsWhere(scope, sql`not ${rowHasKeyword(name)}`)}, false)`;

function orderSql(scope: Scope, comparator: EmailComparator): Sql {
  const direction = comparator.ascending ? sql`asc` : sql`desc`;
  switch (comparator.property) {
    case 'receivedAt':
      return sql`m.internal_at ${direction}`;
    case 'sentAt':
      return sql`coalesce(s.sent_at, m.internal_at) ${direction}`;
    case 'size':
      return sql`m.size ${direction}`;
    case 'from':
      return sql`s.from_display collate "C" ${direction}`;
    case 'to':
      return sql`s.to_display collate "C" ${direction}`;
    case 'subject':
      return sql`s.subject collate "C" ${direction}`;
    case 'hasKeyword':
      return sql`${hasKeyword(scope, comparator.keyword)} ${direction}`;
    case 'someInThreadHaveKeyword':
      return sql`${someInThread(scope, comparator.keyword)} ${direction}`;
    case 'allInThreadHaveKeyword':
      return sql`${allInThread(scope, comparator.keyword)} ${direction}`;
  }
}
