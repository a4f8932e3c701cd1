import type { CommandNamed } from '../command.ts';
import { type Cursor, ImapSyntaxError } from '../cursor.ts';
import { readReturnOptions } from '../return-options.ts';
import { readSearchKeys } from '../search-key.ts';

/** RFC 5256 §5, RFC 5957, RFC 6203 §6. */
const SORT_KEYS = [
  'ARRIVAL',
  'CC',
  'DATE',
  'DISPLAYFROM',
  'DISPLAYTO',
  'FROM',
  'RELEVANCY',
  'SIZE',
  'SUBJECT',
  'TO',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface SortCriterion {
  readonly key: SortKey;
  readonly reverse: boolean;
}

const MAX_CRITERIA = 64;

/** ["RETURN" SP "(" … ")" SP] "(" sort-criterion *(SP sort-criterion) ")" SP charset 1*(SP search-key) */
export function readSort(cursor: Cursor, uid: boolean): CommandNamed<'SORT'> {
  const returned = readReturnOptions(cursor);
  const criteria = cursor.list(readCriterion);
  if (criteria.length === 0) throw new ImapSyntaxError('Expected a sort key');
  if (criteria.length > MAX_CRITERIA) throw new ImapSyntaxError('Too many sort keys');
  return { name: 'SORT', uid, return: returned, criteria, ...readCharsetAndKeys(cursor) };
}

function readCriterion(cursor: Cursor): SortCriterion {
  let name = cursor.keyword();
  const reverse = name === 'REVERSE';
  if (reverse) {
    cursor.space();
    name = cursor.keyword();
  }
  const key = SORT_KEYS.find((known) => known === name);
  if (key === undefined) throw new ImapSyntaxError(`Unknown sort key: ${name}`);
  return { key, reverse };
}

export const THREAD_ALGORITHMS = ['ORDEREDSUBJECT', 'REFERENCES', 'REFS'] as const;
export type ThreadAlgorithm = (typeof THREAD_ALGORITHMS)[number];

/** thread-alg SP charset 1*(SP search-key) */
export function readThread(cursor: Cursor, uid: boolean): CommandNamed<'THREAD'> {
  const name = cursor.keyword();
  const algorithm = THREAD_ALGORITHMS.find((known) => known === name);
  if (algorithm === undefined) throw new ImapSyntaxError(`Unknown threading algorithm: ${name}`);
  return { name: 'THREAD', uid, algorithm, ...readCharsetAndKeys(cursor) };
}

function readCharsetAndKeys(cursor: Cursor) {
  cursor.space();
  const charset = cursor.astring().toString('latin1').toUpperCase();
  cursor.space();
  return { charset, key: readSearchKeys(cursor) };
}
