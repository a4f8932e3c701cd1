import { isUtf8 } from 'node:buffer';
import { decodeCharset } from '../../../shared/message/charset.ts';
import type { SearchKey } from '../../../shared/protocol/imap/search-key.ts';
import { type Ranges, resolveSequenceSet, SAVED_RESULT } from '../../../shared/protocol/imap/sequence-set.ts';
import { systemFlag } from '../flags.ts';
import type { MessageView } from '../message-view.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import { decodeRareCharset } from './charset.ts';
import { fold } from './fold.ts';

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
  | { readonly test: 'larger' | 'smaller'; readonly size: number }
  | {
      readonly test: 'date';
      readonly sent: boolean;
      readonly relation: 'before' | 'on' | 'since';
      readonly day: number;
    }
  | { readonly test: 'header'; readonly field: string; readonly needle: string }
  | TextCriterion;

export interface TextCriterion {
  readonly test: 'text' | 'body';
  readonly needle: string;
}

/** Throws `Refused` for a charset that nobody knows, and for a string that is not in it. */
export function compile(key: SearchKey, charset: string | null, view: MessageView): Criterion {
  const decode = decoderOf(charset);
  const walk = (key: SearchKey): Criterion => {
    switch (key.key) {
      case 'all':
      case 'recent':
        return { test: key.key };
      case 'and':
      case 'or':
        return { test: key.key, of: key.keys.map(walk) };
      case 'not':
        return { test: 'not', of: walk(key.of) };
      case 'sequence':
        return key.set === SAVED_RESULT
          ? { test: 'uid', ranges: view.saved }
          : { test: 'sequence', ranges: resolveSequenceSet(key.set, view.count) };
      case 'uid':
        return { test: 'uid', ranges: view.uidRanges(key.set) };
      case 'flag':
        return flagCriterion(key.flag);
      case 'larger':
      case 'smaller':
        return { test: key.key, size: key.size };
      case 'date':
        return { test: 'date', sent: key.sent, relation: key.relation, day: key.day };
      case 'header':
        return { test: 'header', field: key.field, needle: decode(key.value) };
      case 'text':
      case 'body':
        return { test: key.key, needle: decode(key.value) };
    }
  };
  return walk(key);
}

function flagCriterion(flag: string): Criterion {
  const bit = flag.startsWith('\\') ? systemFlag(flag) : undefined;
  return bit === undefined ? { test: 'keyword', keyword: flag.toLowerCase() } : { test: 'system-flag', bit };
}

function decoderOf(charset: string | null): (value: Buffer) => string {
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
