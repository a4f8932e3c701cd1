import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { type FetchItem, readFetchItems } from './fetch-item.ts';

export type ReturnOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE' | 'UPDATE' | 'CONTEXT' | 'RELEVANCY';

/** What a SEARCH, SORT or ESEARCH returns (RFC 4731 §3.1, RFC 5182 §2.1, RFC 5267 §4, RFC 9394 §3.1). */
export interface ReturnOptions {
  readonly wanted: ReadonlySet<ReturnOption>;
  readonly partial: PartialRange | null;
  /** With UPDATE: what is fetched of messages that are new among the results (RFC 5465 §7). */
  readonly fetch?: readonly FetchItem[];
}

/** A page of the results, counted from 1 in their order, or from -1 backwards from their end; as written. */
export interface PartialRange {
  readonly first: number;
  readonly last: number;
}

/** What IMAP4rev2 answers a SEARCH without RETURN with. */
export const RETURN_ALL: ReturnOptions = { wanted: new Set<ReturnOption>(['ALL']), partial: null };

/** `RETURN (…)` and the space after it, if that comes next; null, and nothing read, if it does not. */
export function readReturnOptions(cursor: Cursor): ReturnOptions | null {
  const start = cursor.position;
  if (cursor.optionalKeyword() !== 'RETURN') {
    cursor.position = start;
    return null;
  }
  cursor.space();
  const wanted = new Set<ReturnOption>();
  let partial: PartialRange | null = null;
  let fetch: readonly FetchItem[] | undefined;
  cursor.list((list) => {
    const option = list.keyword();
    if (option !== 'PARTIAL') wanted.add(readOption(option));
    if (option === 'UPDATE') fetch = readUpdateItems(list) ?? fetch;
    if (option !== 'PARTIAL') return;
    if (partial !== null) throw new ImapSyntaxError('PARTIAL stands there twice');
    list.space();
    partial = readPartialRange(list);
  });
  if (partial !== null && wanted.has('ALL')) throw new ImapSyntaxError('ALL and PARTIAL exclude each other');
  cursor.space();
  if (wanted.size === 0 && partial === null) return RETURN_ALL;
  return fetch === undefined ? { wanted, partial } : { wanted, partial, fetch };
}

/** [SP "(" fetch-att *(SP fetch-att) ")"] */
function readUpdateItems(cursor: Cursor): readonly FetchItem[] | undefined {
  const start = cursor.position;
  if (cursor.take(' ') && cursor.atList()) return readFetchItems(cursor);
  cursor.position = start;
  return undefined;
}

function readOption(option: string): ReturnOption {
  switch (option) {
    case 'MIN':
    case 'MAX':
    case 'ALL':
    case 'COUNT':
    case 'SAVE':
    case 'UPDATE':
    case 'CONTEXT':
    case 'RELEVANCY':
      return option;
    default:
      throw new ImapSyntaxError(`Unknown return option: ${option}`);
  }
}

/** partial-range = nz-number ":" nz-number / "-" nz-number ":" "-" nz-number */
export function readPartialRange(cursor: Cursor): PartialRange {
  const backwards = cursor.take('-');
  const first = cursor.nonZeroNumber();
  cursor.expect(':');
  if (backwards) cursor.expect('-');
  const last = cursor.nonZeroNumber();
  return backwards ? { first: -first, last: -last } : { first, last };
}
