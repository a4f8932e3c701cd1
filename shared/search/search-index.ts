import type { Database } from '../database/port.ts';
import type { AccountId, EmailId, MailboxId, Uid } from '../mailbox/types.ts';
import { PART_END } from './index-messages.ts';
import { placesIn, SEGMENT_MESSAGES, SLICE_BYTES, SLICES_A_ROW, slicesOf } from './slices.ts';

/** The mailbox that is searched. */
export interface SearchedMailbox {
  readonly account: AccountId;
  readonly mailboxId: MailboxId;
}

/** A string to be found in the header, in fields of that (lower-case) name, in the body, or in both. Folded. */
export interface TextQuery {
  readonly in: 'header' | 'body' | 'text';
  readonly field?: string;
  readonly needle: string;
}

export type Relation = 'before' | 'on' | 'since';

/** What lies in the mailbox' rows themselves. Times in Unix milliseconds, sizes in bytes. */
export type FactsQuery =
  | { readonly column: 'size'; readonly above?: number; readonly below?: number }
  | { readonly column: 'internal_at' | 'saved_at'; readonly from?: number; readonly before?: number };

/** How far the index of a mailbox is. */
export interface IndexState {
  /** Messages whose text is not, or not all, in the index: they have to be looked into. */
  readonly undecided: ReadonlySet<Uid>;
  /** First place that is in no segment. */
  readonly tail: number;
}

/** What SORT and THREAD compare. Numbers are decimal; `sent` is the time of arrival where there is no Date; `reply` is 1 or 0. */
export type SortColumn =
  | 'arrival'
  | 'sent'
  | 'size'
  | 'subject'
  | 'reply'
  | 'from'
  | 'to'
  | 'cc'
  | 'displayFrom'
  | 'displayTo'
  | 'messageIds';

const SORT_SQL: Readonly<Record<SortColumn, string>> = {
  arrival: 'm.internal_at::text',
  sent: 'coalesce(s.sent_at, m.internal_at)::text',
  size: 'm.size::text',
  subject: 's.subject',
  reply: 's.is_reply::int::text',
  from: 's.from_mailbox',
  to: 's.to_mailbox',
  cc: 's.cc_mailbox',
  displayFrom: 's.from_display',
  displayTo: 's.to_display',
  messageIds: 's.message_ids',
};
/** These lie in the mailbox' rows: no message lacks them. */
const ROW_COLUMNS: ReadonlySet<SortColumn> = new Set(['arrival', 'size']);
/** Messages of one read: some MB. */
const SORT_PAGE = 20_000;

/** More candidates than this share of the index: each text is read, without their list. */
const LIST_SHARE = 0.5;

/**
 * Searches over the rows and the index in Postgres (docs/adr/0008-search-index.md). Each answers with the uids that match, of the mailbox as it is; none
 * depends on how far the index is, as `state`, asked before, says what it does not cover.
 */
export class SearchIndex {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async state({ account, mailboxId }: SearchedMailbox): Promise<IndexState> {
    const [row] = await this.#database.prepared<{ segments: number | null; undecided: string | null }>(
      'search_state',
      STATE,
      [account, mailboxId],
    );
    return {
      undecided: new Set(uidsOf(row?.undecided)),
      tail: (row?.segments ?? 0) * SEGMENT_MESSAGES,
    };
  }

  async facts({ account, mailboxId }: SearchedMailbox, query: FactsQuery): Promise<Uid[]> {
    const [low, high] =
      query.column === 'size'
        ? [query.above === undefined ? null : query.above + 1, query.below ?? null]
        : [query.from ?? null, query.before ?? null];
    const [row] = await this.#database.prepared<Found>(
      `search_${query.column}`,
      `select ${UIDS} from mailbox_message m where m.account_id = $1 and m.mailbox_id = $2
         and ($3::bigint is null or m.${query.column} >= $3) and ($4::bigint is null or m.${query.column} < $4)`,
      [account, mailboxId, low, high],
    );
    return uidsOf(row?.uids);
  }

  /**
   * Calls `take` for each message with a uid from `first` to `last` that has these values, in no order; others are left out.
   */
  async sortRows(
    { account, mailboxId }: SearchedMailbox,
    columns: readonly SortColumn[],
    first: Uid,
    last: Uid,
    take: (uid: Uid, values: readonly string[]) => void,
  ): Promise<void> {
    const wanted = [...new Set(columns)];
    const places = columns.map((column) => wanted.indexOf(column));
    const join = wanted.every((column) => ROW_COLUMNS.has(column))
      ? ''
      : 'join message_sort s using (email_id)';
    const lists = wanted.map((column, at) => `string_agg(${SORT_SQL[column]}, e'\\n') as c${at}`);
    for (let from = first; from <= last; ) {
      const [row] = await this.#database.prepared<Record<string, string | null> & { highest: number | null }>(
        `sort_${wanted.join('_')}`,
        `with m as materialized (
           select uid, email_id, internal_at, size from mailbox_message
           where account_id = $1 and mailbox_id = $2 and uid between $3 and $4 order by uid limit $5)
         select (select max(uid) from m)::bigint as highest, ${UIDS}, ${lists.join(', ')} from m ${join}`,
        [account, mailboxId, from, last, SORT_PAGE],
      );
      if (row === undefined || row.highest === null) return;
      const values = wanted.map((_, at) => (row[`c${at}`] ?? '').split('\n'));
      const one = new Array<string>(columns.length);
      for (const [index, uid] of uidsOf(row.uids).entries()) {
        for (const [at, place] of places.entries()) one[at] = values[place]![index]!;
        take(uid, one);
      }
      from = row.highest + 1;
    }
  }

  /** By the day that the Date field names. @param day since 1970-01-01. */
  async sent({ account, mailboxId }: SearchedMailbox, relation: Relation, day: number): Promise<Uid[]> {
    const from = relation === 'before' ? null : day;
    const before = relation === 'since' ? null : relation === 'on' ? day + 1 : day;
    const [row] = await this.#database.prepared<Found>(
      'search_sent',
      `select ${UIDS} from mailbox_message m join message_sort s using (email_id)
       where m.account_id = $1 and m.mailbox_id = $2 and s.sent_day is not null
         and ($3::int is null or s.sent_day >= $3) and ($4::int is null or s.sent_day < $4)`,
      [account, mailboxId, from, before],
    );
    return uidsOf(row?.uids);
  }

  /** @param id 32 hex digits. */
  async byId({ account, mailboxId }: SearchedMailbox, kind: 'email' | 'thread', id: string): Promise<Uid[]> {
    const [row] = await this.#database.prepared<Found>(
      `search_${kind}_id`,
      kind === 'email'
        ? `select ${UIDS} from mailbox_message m where m.account_id = $1 and m.mailbox_id = $2 and m.email_id = $3::uuid`
        : `select ${UIDS} from account_message a join mailbox_message m using (account_id, email_id)
           where a.account_id = $1 and m.mailbox_id = $2 and a.thread_id = $3::uuid`,
      [account, mailboxId, id],
    );
    return uidsOf(row?.uids);
  }

  /** Only messages that the index covers; `uids`: only of these. Undefined when the index cannot tell. */
  async text(
    mailbox: SearchedMailbox,
    { tail }: IndexState,
    query: TextQuery,
    uids?: { readonly first: Uid; readonly last: Uid; readonly multirange: string },
  ): Promise<Uid[] | undefined> {
    if (query.needle.includes(PART_END) || query.needle.includes('\0')) return undefined;
    const { name, sql, parameters } = conditionOf(query);
    const { account, mailboxId } = mailbox;
    const places = uids === undefined ? await this.#candidates(account, tail, query) : undefined;
    let row: Found | undefined;
    if (places !== undefined && places.length <= tail * LIST_SHARE)
      [row] = await this.#database.prepared<Found>(
        `search_listed_${name}`,
        `select ${UIDS} from (
           select email_id, account_id from account_message where account_id = $1 and ord = any($3::int[])
           union all select email_id, account_id from account_message where account_id = $1 and ord >= $4) a
         join mailbox_message m on m.email_id = a.email_id and m.account_id = a.account_id and m.mailbox_id = $2
         join message_text t on t.email_id = a.email_id where ${sql(5)}`,
        [account, mailboxId, places, tail, ...parameters],
      );
    else
      [row] = await this.#database.prepared<Found>(
        `search_each_${name}`,
        `select ${UIDS} from mailbox_message m join message_text t using (email_id)
         where m.account_id = $1 and m.mailbox_id = $2 and m.uid between $3 and $4
           and ($5::int8multirange is null or m.uid <@ $5) and ${sql(6)}`,
        [
          account,
          mailboxId,
          uids?.first ?? 1,
          uids?.last ?? MAX_UID,
          uids?.multirange ?? null,
          ...parameters,
        ],
      );
    return uidsOf(row?.uids);
  }

  /** All emails of the account that have the string, as far as the index has got. */
  async emails(account: AccountId, query: TextQuery): Promise<EmailId[]> {
    if (query.needle.includes(PART_END) || query.needle.includes('\0')) return [];
    const { name, sql, parameters } = conditionOf(query);
    const [state] = await this.#database.prepared<{ segments: number }>(
      'search_segments',
      'select segments from search_account where account_id = $1',
      [account],
    );
    const tail = (state?.segments ?? 0) * SEGMENT_MESSAGES;
    const places = await this.#candidates(account, tail, query);
    const listed = places !== undefined && places.length <= tail * LIST_SHARE;
    const [row] = await this.#database.prepared<{ ids: string | null }>(
      `search_emails_${listed ? 'listed' : 'each'}_${name}`,
      listed
        ? `select string_agg(a.email_id::text, ',') as ids from (
             select email_id from account_message where account_id = $1 and ord = any($2::int[])
             union all select email_id from account_message where account_id = $1 and ord >= $3) a
           join message_text t on t.email_id = a.email_id where ${sql(4)}`
        : `select string_agg(a.email_id::text, ',') as ids from account_message a
           join message_text t on t.email_id = a.email_id where a.account_id = $1 and ${sql(2)}`,
      listed ? [account, places, tail, ...parameters] : [account, ...parameters],
    );
    return row?.ids == null ? [] : row.ids.replaceAll('-', '').split(',');
  }

  /** Places below `tail` whose message may have the string; undefined: any may. */
  async #candidates(account: AccountId, tail: number, { needle }: TextQuery): Promise<number[] | undefined> {
    const slices = slicesOf(needle);
    if (slices.length === 0) return undefined;
    if (tail === 0) return [];
    const rows = await this.#database.prepared<{ segment: number; bits: Buffer }>(
      'search_slices',
      `select s.segment, substring(s.bits from w.start for ${SLICE_BYTES}) as bits
       from unnest($2::smallint[], $3::int[]) w (row_no, start) join search_slices s on s.row_no = w.row_no
       where s.account_id = $1 and s.segment < $4`,
      [
        account,
        slices.map((slice) => Math.floor(slice / SLICES_A_ROW)),
        slices.map((slice) => (slice % SLICES_A_ROW) * SLICE_BYTES + 1),
        tail / SEGMENT_MESSAGES,
      ],
    );
    const places: number[] = [];
    for (const [segment, own] of Map.groupBy(rows, (row) => row.segment))
      for (const place of placesIn(own.map((row) => row.bits)))
        places.push(segment * SEGMENT_MESSAGES + place);
    return places;
  }
}

interface Found {
  readonly uids: string | null;
}

const MAX_UID = 4_294_967_295;
/** As one text: a row a message would cost more than the search. */
const UIDS = `string_agg(m.uid::text, ',') as uids`;

function uidsOf(text: string | null | undefined): Uid[] {
  return text == null || text === '' ? [] : text.split(',').map(Number);
}

/** Above the cursor, what the account has in the index already (copied, moved) is covered, too. */
const STATE = `select (select segments from search_account where account_id = $1) as segments, (
  select string_agg(uid::text, ',') from (
    select m.uid from mailbox_message m
    where m.account_id = $1 and m.mailbox_id = $2
      and m.uid > coalesce((select uid from search_cursor where account_id = $1 and mailbox_id = $2), 0)
      and not exists (select from account_message a where a.email_id = m.email_id and a.account_id = m.account_id)
    union all
    select m.uid from account_message a join mailbox_message m using (account_id, email_id)
    where a.account_id = $1 and not a.whole and m.mailbox_id = $2) u) as undecided`;

interface Condition {
  readonly name: string;
  /** Over `t`; parameters from `$first` on. */
  readonly sql: (first: number) => string;
  readonly parameters: readonly string[];
}

function conditionOf({ in: place, field = '', needle }: TextQuery): Condition {
  const parameters = [needle];
  // Header lines have no line ends.
  const body = place === 'body' || (place === 'text' && needle.includes('\n'));
  if (body) return { name: 'body', sql: (first) => `strpos(t.body, $${first}) > 0`, parameters };
  if (place === 'text')
    return {
      name: 'text',
      sql: (first) => `(strpos(t.header, $${first}) > 0 or strpos(t.body, $${first}) > 0)`,
      parameters,
    };
  const start = `${field}: `;
  if (needle === '')
    return {
      name: 'field',
      sql: (first) => `strpos(e'\\n' || t.header, e'\\n' || $${first}) > 0`,
      parameters: [start],
    };
  return {
    name: 'header',
    sql: (first) => `strpos(t.header, $${first}) > 0 and exists (
      select from string_to_table(t.header, e'\\n') l
      where starts_with(l, $${first + 1}) and strpos(substr(l, length($${first + 1}) + 1), $${first}) > 0)`,
    parameters: [needle, start],
  };
}
