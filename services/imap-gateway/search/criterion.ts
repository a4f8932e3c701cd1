import { isUtf8 } from 'node:buffer';
import { decodeCharset } from '../../../shared/message/charset.ts';
import { DAY_MS } from '../../../shared/protocol/imap/date-time.ts';
import type { SearchKey } from '../../../shared/protocol/imap/search-key.ts';
import { type Ranges, resolveSequenceSet, SAVED_RESULT } from '../../../shared/protocol/imap/sequence-set.ts';
import { decodeRareCharset } from '../../../shared/search/charset.ts';
import { fold } from '../../../shared/search/fold.ts';
import type { FactsQuery, Relation } from '../../../shared/search/search-index.ts';
import { systemFlag } from '../flags.ts';
import type { MessageView } from '../message-view.ts';
import { REFUSALS, Refused } from '../refusals.ts';

/** A search key made ready: sets resolved, strings decoded and folded. */
export type Criterion =
  | { readonly test: 'all' }
  | { readonly test: 'and' | 'or'; readonly of: readonly Criterion[] }
  | { readonly test: 'not'; readonly of: Criterion }
  | { readonly test: 'sequence' | 'uid'; readonly ranges: Ranges }
  | { readonly test: 'system-flag'; readonly bit: number }
  /** Lower case. */
  | { readonly test: 'keyword'; readonly keyword: string }
  | { readonly test: 'recent' }
  | { readonly test: 'modseq'; readonly modSeq: number }
  | StoredCriterion;

/** Decided by what is stored, not by the session's view. */
export type StoredCriterion =
  | { readonly test: 'facts'; readonly query: FactsQuery }
  | { readonly test: 'id'; readonly kind: 'email' | 'thread'; readonly id: string }
  | { readonly test: 'sent'; readonly relation: Relation; readonly day: number }
  | { readonly test: 'header'; readonly field: string; readonly needle: string }
  | TextCriterion;

export interface TextCriterion {
  readonly test: 'text' | 'body';
  readonly needle: string;
}

/** Throws `Refused` for a charset that nobody knows, and for a string that is not in it. `now`: Unix milliseconds, for WITHIN. */
export function compile(
  key: SearchKey,
  charset: string | null,
  view: MessageView,
  now: number = Date.now(),
): Criterion {
  const decode = decoderOf(charset);
  const walk = (key: SearchKey, fuzzy = false): Criterion => {
    switch (key.key) {
      case 'all':
      case 'recent':
        return { test: key.key };
      case 'and':
      case 'or':
        return { test: key.key, of: key.keys.map((one) => walk(one, fuzzy)) };
      case 'not':
        return { test: 'not', of: walk(key.of, fuzzy) };
      case 'sequence':
        return key.set === SAVED_RESULT
          ? { test: 'uid', ranges: view.saved }
          : { test: 'sequence', ranges: resolveSequenceSet(key.set, view.count) };
      case 'uid':
        return { test: 'uid', ranges: view.uidRanges(key.set) };
      case 'flag':
        return flagCriterion(key.flag);
      case 'modseq':
        return { test: 'modseq', modSeq: key.modSeq };
      case 'larger':
        return { test: 'facts', query: { column: 'size', above: key.size } };
      case 'smaller':
        return { test: 'facts', query: { column: 'size', below: key.size } };
      case 'date':
        return dateCriterion(key);
      case 'within': {
        const moment = now - key.seconds * 1000;
        const bounds = key.relation === 'younger' ? { from: moment } : { before: moment + 1 };
        return { test: 'facts', query: { column: 'internal_at', ...bounds } };
      }
      case 'id':
        return { test: 'id', kind: key.kind, id: key.id };
      case 'fuzzy':
        return walk(key.of, true);
      case 'header':
        return words(decode(key.value), fuzzy, (needle) => ({ test: 'header', field: key.field, needle }));
      case 'text':
      case 'body':
        return words(decode(key.value), fuzzy, (needle) => ({ test: key.key, needle }));
    }
  };
  return walk(key);
}

/** FUZZY (RFC 6203): all of its words, wherever they stand, whole or as they begin. */
function words(value: string, fuzzy: boolean, criterion: (needle: string) => Criterion): Criterion {
  if (!fuzzy) return criterion(value);
  const all = fuzzyWords(value).map((word): Criterion => {
    const stem = stemOf(word);
    return stem === word ? criterion(word) : { test: 'or', of: [criterion(word), criterion(stem)] };
  });
  return all.length === 0 ? criterion('') : all.length === 1 ? all[0]! : { test: 'and', of: all };
}

/** Of a folded string. */
export function fuzzyWords(value: string): string[] {
  return value
    .split(NO_WORD)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
}

/** Endings, and a letter that is wrong near the end, do not count: three quarters of the word, three letters at least. */
function stemOf(word: string): string {
  const letters = [...word];
  return letters.slice(0, Math.max(3, Math.ceil(letters.length * 0.75))).join('');
}

const NO_WORD = /[^\p{L}\p{N}\p{M}]+/u;
const MAX_WORDS = 50;

/** INTERNALDATE and save date are told, and compared, in UTC. */
function dateCriterion({ of, relation, day }: Extract<SearchKey, { key: 'date' }>): Criterion {
  if (of === 'sent') return { test: 'sent', relation, day };
  const column = of === 'saved' ? 'saved_at' : 'internal_at';
  const bounds = {
    ...(relation === 'before' ? {} : { from: day * DAY_MS }),
    ...(relation === 'since' ? {} : { before: (relation === 'on' ? day + 1 : day) * DAY_MS }),
  };
  return { test: 'facts', query: { column, ...bounds } };
}

function flagCriterion(flag: string): Criterion {
  const bit = flag.startsWith('\\') ? systemFlag(flag) : undefined;
  return bit === undefined ? { test: 'keyword', keyword: flag.toLowerCase() } : { test: 'system-flag', bit };
}

export function decoderOf(charset: string | null): (value: Buffer) => string {
  if (charset === null || charset === 'UTF-8' || charset === 'US-ASCII')
    return (value) => {
      // Without CHARSET, and in US-ASCII, bytes past ASCII are the client's fault too, but clients do send UTF-8 so.
      if (charset === 'UTF-8' && !isUtf8(value)) throw new Refused(REFUSALS.searchString);
      return fold(value.toString('utf8'));
    };
  const known = decodeCharset(Buffer.alloc(0), charset) !== null ? decodeCharset : decodeRareCharset;
  if (known(Buffer.alloc(0), charset) === null) throw new Refused(REFUSALS.charset);
  return (value) => fold(known(value, charset) ?? '');
}
