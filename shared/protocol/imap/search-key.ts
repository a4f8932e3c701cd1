import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { readDate } from './date-time.ts';
import { readModSequence } from './mod-sequence.ts';
import { type SequenceSet, STAR } from './sequence-set.ts';

/** What a SEARCH asks for (RFC 3501 §6.4.4), as a tree. Strings are bytes in the command's charset. */
export type SearchKey =
  | { readonly key: 'all' }
  | { readonly key: 'and'; readonly keys: readonly SearchKey[] }
  | { readonly key: 'or'; readonly keys: readonly [SearchKey, SearchKey] }
  | { readonly key: 'not'; readonly of: SearchKey }
  | { readonly key: 'sequence'; readonly set: SequenceSet }
  | { readonly key: 'uid'; readonly set: SequenceSet }
  /** A system flag, with its backslash, or a keyword. */
  | { readonly key: 'flag'; readonly flag: string }
  | { readonly key: 'recent' }
  /** Bytes. */
  | { readonly key: 'larger' | 'smaller'; readonly size: number }
  /** Days since 1970-01-01; of the Date header, of INTERNALDATE, or of the save date (RFC 8514). */
  | {
      readonly key: 'date';
      readonly of: 'sent' | 'internal' | 'saved';
      readonly relation: 'before' | 'on' | 'since';
      readonly day: number;
    }
  /** RFC 5032: INTERNALDATE against now. */
  | { readonly key: 'within'; readonly relation: 'younger' | 'older'; readonly seconds: number }
  /** RFC 8474: 32 hex digits; '' when it is the id of no message or thread there could be. */
  | { readonly key: 'id'; readonly kind: 'email' | 'thread'; readonly id: string }
  /** RFC 6203 */
  | { readonly key: 'fuzzy'; readonly of: SearchKey }
  /** A field by its lower-case name; an empty value asks whether the field is there. */
  | { readonly key: 'header'; readonly field: string; readonly value: Buffer }
  | { readonly key: 'body' | 'text'; readonly value: Buffer }
  /** RFC 7162 §3.1.5: at least. */
  | { readonly key: 'modseq'; readonly modSeq: number };

/** Depth of parentheses, NOT and OR; keys altogether. Past any client's need, short of any stack. */
const MAX_DEPTH = 64;
const MAX_KEYS = 4_096;

const FLAGS: Readonly<Record<string, string>> = {
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
  SEEN: '\\Seen',
};
const RECENT: SearchKey = { key: 'recent' };
const UNSEEN: SearchKey = { key: 'not', of: { key: 'flag', flag: '\\Seen' } };

/** One or more keys, all of which must hold. */
export function readSearchKeys(cursor: Cursor): SearchKey {
  const budget = { keys: MAX_KEYS };
  const keys = [readKey(cursor, 0, budget)];
  while (!cursor.atEnd()) {
    cursor.space();
    if (cursor.atEnd()) break;
    keys.push(readKey(cursor, 0, budget));
  }
  return keys.length === 1 ? keys[0]! : { key: 'and', keys };
}

function readKey(cursor: Cursor, depth: number, budget: { keys: number }): SearchKey {
  budget.keys -= 1;
  if (depth > MAX_DEPTH || budget.keys < 0) throw new ImapSyntaxError('Search too complex');
  if (cursor.atList()) {
    const keys = cursor.list((list) => readKey(list, depth + 1, budget));
    if (keys.length === 0) throw new ImapSyntaxError('Expected a search key');
    return keys.length === 1 ? keys[0]! : { key: 'and', keys };
  }
  if (startsSequenceSet(cursor.peek())) return { key: 'sequence', set: cursor.sequenceSet() };
  const name = cursor.keyword();
  const nested = (): SearchKey => {
    cursor.space();
    return readKey(cursor, depth + 1, budget);
  };
  switch (name) {
    case 'NOT':
      return { key: 'not', of: nested() };
    case 'OR':
      return { key: 'or', keys: [nested(), nested()] };
    case 'FUZZY':
      return { key: 'fuzzy', of: nested() };
    default:
      return readLeaf(cursor, name);
  }
}

function readLeaf(cursor: Cursor, name: string): SearchKey {
  const flag = FLAGS[name];
  if (flag !== undefined) return { key: 'flag', flag };
  const unset = name.startsWith('UN') ? FLAGS[name.slice(2)] : undefined;
  if (unset !== undefined) return { key: 'not', of: { key: 'flag', flag: unset } };
  switch (name) {
    case 'ALL':
      return { key: 'all' };
    case 'SAVEDATESUPPORTED':
      return { key: 'all' };
    case 'RECENT':
      return RECENT;
    case 'OLD':
      return { key: 'not', of: RECENT };
    case 'NEW':
      return { key: 'and', keys: [RECENT, UNSEEN] };
    default:
      return readArgument(cursor, name);
  }
}

/** The keys with an argument. A keyword is an atom: system flags have keys of their own. */
const ARGUMENTS: Readonly<Record<string, (cursor: Cursor, name: string) => SearchKey>> = {
  UID: (cursor) => ({ key: 'uid', set: cursor.sequenceSet() }),
  /** RFC 9738 §3.2 */
  UIDAFTER: (cursor) => ({ key: 'uid', set: [[cursor.nonZeroNumber() + 1, STAR - 1]] }),
  UIDBEFORE: (cursor) => {
    const uid = cursor.nonZeroNumber();
    return { key: 'uid', set: uid === 1 ? [] : [[1, uid - 1]] };
  },
  KEYWORD: (cursor) => ({ key: 'flag', flag: cursor.atom() }),
  UNKEYWORD: (cursor) => ({ key: 'not', of: { key: 'flag', flag: cursor.atom() } }),
  LARGER: (cursor) => ({ key: 'larger', size: cursor.number64() }),
  SMALLER: (cursor) => ({ key: 'smaller', size: cursor.number64() }),
  BEFORE: readDateKey,
  ON: readDateKey,
  SINCE: readDateKey,
  SENTBEFORE: readDateKey,
  SENTON: readDateKey,
  SENTSINCE: readDateKey,
  SAVEDBEFORE: readDateKey,
  SAVEDON: readDateKey,
  SAVEDSINCE: readDateKey,
  YOUNGER: (cursor) => ({ key: 'within', relation: 'younger', seconds: cursor.nonZeroNumber() }),
  OLDER: (cursor) => ({ key: 'within', relation: 'older', seconds: cursor.nonZeroNumber() }),
  EMAILID: (cursor) => ({ key: 'id', kind: 'email', id: readObjectId(cursor) }),
  THREADID: (cursor) => ({ key: 'id', kind: 'thread', id: readObjectId(cursor) }),
  BCC: readFieldKey,
  CC: readFieldKey,
  FROM: readFieldKey,
  SUBJECT: readFieldKey,
  TO: readFieldKey,
  HEADER: (cursor) => {
    const name = cursor.astring().toString('latin1').toLowerCase();
    cursor.space();
    return { key: 'header', field: name, value: cursor.astring() };
  },
  MODSEQ: readModSeqKey,
  BODY: (cursor) => ({ key: 'body', value: cursor.astring() }),
  TEXT: (cursor) => ({ key: 'text', value: cursor.astring() }),
};

function readArgument(cursor: Cursor, name: string): SearchKey {
  const read = ARGUMENTS[name];
  if (read === undefined) throw new ImapSyntaxError(`Unknown search key: ${name}`);
  cursor.space();
  return read(cursor, name);
}

function readFieldKey(cursor: Cursor, name: string): SearchKey {
  return { key: 'header', field: name.toLowerCase(), value: cursor.astring() };
}

function readDateKey(cursor: Cursor, name: string): SearchKey {
  const of = name.startsWith('SENT') ? 'sent' : name.startsWith('SAVED') ? 'saved' : 'internal';
  const relation = name.slice(DATE_PREFIX[of]).toLowerCase() as 'before' | 'on' | 'since';
  return { key: 'date', of, relation, day: readDate(cursor) };
}

const DATE_PREFIX = { sent: 4, saved: 5, internal: 0 } as const;

/** 1*255(ALPHA / DIGIT / "_" / "-") (RFC 8474 §7) */
function readObjectId(cursor: Cursor): string {
  const id = cursor.astring().toString('latin1');
  if (!/^[\w-]{1,255}$/.test(id)) throw new ImapSyntaxError('Invalid object identifier');
  return /^[0-9a-f]{32}$/.test(id) ? id : '';
}

function startsSequenceSet(byte: number): boolean {
  return byte === 0x2a || byte === 0x24 || (byte >= 0x30 && byte <= 0x39);
}

/** [entry SP "all" / "priv" / "shared" SP] mod-sequence: the entry only narrows, and we keep one for the message. */
function readModSeqKey(cursor: Cursor): SearchKey {
  if (cursor.atString()) {
    cursor.string();
    cursor.space();
    const type = cursor.keyword();
    if (type !== 'ALL' && type !== 'PRIV' && type !== 'SHARED')
      throw new ImapSyntaxError('Expected ALL, PRIV or SHARED');
    cursor.space();
  }
  return { key: 'modseq', modSeq: readModSequence(cursor) };
}
