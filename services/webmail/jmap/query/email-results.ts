import type { EmailId, ModSeq } from '../../../../shared/mailbox/types.ts';
import type { Call } from '../method.ts';
import { threadsReady } from '../threads-ready.ts';
import { type EmailFilter, isByText, isByThread } from './email-filter.ts';
import { emailSearchSql, type FindText } from './email-search.ts';
import { type EmailComparator, isThreadComparator } from './email-sort.ts';

const ID_BYTES = 16;
/** What a list takes beside its ids. */
const ENTRY_BYTES = 1_000;

/** Ids of emails in order, 16 bytes each: a mailbox of 100,000 is 1.6 MB. */
export class EmailList {
  readonly #bytes: Buffer;
  /** There was an email that was found twice. */
  readonly repeats: boolean;

  constructor(bytes: Buffer, repeats: boolean) {
    this.#bytes = bytes;
    this.repeats = repeats;
  }

  get length(): number {
    return this.#bytes.length / ID_BYTES;
  }

  get size(): number {
    return this.#bytes.length;
  }

  slice(start: number, end: number): EmailId[] {
    const ids: EmailId[] = [];
    for (let at = Math.max(0, start); at < Math.min(end, this.length); at += 1) ids.push(this.at(at));
    return ids;
  }

  at(index: number): EmailId {
    return this.#bytes.toString('hex', index * ID_BYTES, (index + 1) * ID_BYTES);
  }

  /** -1: it is not in the list. */
  indexOf(emailId: EmailId): number {
    const wanted = Buffer.from(emailId, 'hex');
    for (let at = this.#bytes.indexOf(wanted); at >= 0; at = this.#bytes.indexOf(wanted, at + 1))
      if (at % ID_BYTES === 0) return at / ID_BYTES;
    return -1;
  }
}

export interface EmailQuery {
  readonly filter: EmailFilter | undefined;
  readonly sort: readonly EmailComparator[];
  readonly collapseThreads: boolean;
}

export const usesThreads = ({ filter, sort, collapseThreads }: EmailQuery): boolean =>
  collapseThreads || isByThread(filter) || sort.some(isThreadComparator);

/**
 * Results of queries, kept while their account stays as it is: who scrolls through 100,000 messages asks for page after
 * page of the same list.
 */
export class EmailResults {
  readonly #limit: number;
  readonly #kept = new Map<string, Promise<EmailList>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** @param limit bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param modSeq of the account, read before. */
  async find(call: Call, query: EmailQuery, modSeq: ModSeq): Promise<EmailList> {
    const key = `${call.accountId} ${modSeq} ${JSON.stringify([query.filter ?? null, query.sort, query.collapseThreads])}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const list = search(call, query);
    this.#kept.set(key, list);
    try {
      this.#keep(key, (await list).size + ENTRY_BYTES);
      return await list;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  #keep(key: string, size: number): void {
    this.#sizes.set(key, size);
    this.#bytes += size;
    for (const oldest of this.#sizes.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) break;
      this.#bytes -= this.#sizes.get(oldest)!;
      this.#sizes.delete(oldest);
      this.#kept.delete(oldest);
    }
  }
}

/** The first emails alone, which costs less than all; undefined: they have to be taken from all. */
export async function firstEmails(
  call: Call,
  query: EmailQuery,
  count: number,
): Promise<EmailList | undefined> {
  if (query.collapseThreads) return undefined;
  const list = await search(call, query, count);
  // Of one that is twice in the mailbox, the other was counted as well.
  return list.repeats ? undefined : list;
}

async function search(call: Call, query: EmailQuery, first?: number): Promise<EmailList> {
  const { database } = call.webmail.ports;
  const { filter, sort, collapseThreads } = query;
  const sorted = sort.some(({ property }) => ['sentAt', 'from', 'to', 'subject'].includes(property));
  if (usesThreads(query) || isByText(filter) || sorted) await threadsReady(call);
  const findText: FindText = (text) => call.webmail.search.emails(call.accountId, text);
  const statement = await emailSearchSql(call.accountId, filter, sort, collapseThreads, findText, first);
  const { rows } = await statement.execute(database.kysely);
  const ids = rows[0]?.ids ?? Buffer.alloc(0);
  const kept = once(ids, collapseThreads ? 2 * ID_BYTES : ID_BYTES);
  return new EmailList(kept, !collapseThreads && kept.length < ids.length);
}

/** Each key's first id alone: of a thread, or of a message that is twice in one mailbox. @param step bytes from one id to the next; the last 16 are the key. */
function once(found: Buffer, step: number): Buffer {
  const seen = new Set<string>();
  const kept: Buffer[] = [];
  for (let at = 0; at < found.length; at += step) {
    const key = found.toString('latin1', at + step - ID_BYTES, at + step);
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(found.subarray(at, at + ID_BYTES));
  }
  return step === ID_BYTES && kept.length * ID_BYTES === found.length ? found : Buffer.concat(kept);
}
