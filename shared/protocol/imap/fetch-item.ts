import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { type Partial, readPartial, readSection, type Section, sectionLabel } from './section.ts';

/** What a FETCH asks for (RFC 3501 §6.4.5). */
export type FetchItem =
  | {
      readonly item:
        | 'FLAGS'
        | 'UID'
        | 'MODSEQ'
        | 'INTERNALDATE'
        | 'RFC822.SIZE'
        | 'ENVELOPE'
        | 'BODY'
        | 'BODYSTRUCTURE'
        | 'EMAILID'
        | 'THREADID'
        | 'SAVEDATE';
    }
  | SectionItem
  /** RFC 8970 §3.1; `lazy`: only if it is at hand. */
  | { readonly item: 'PREVIEW'; readonly lazy: boolean }
  | BinaryItem
  | BinarySizeItem;

/** Bytes of the message: BODY[…], BODY.PEEK[…], RFC822, RFC822.HEADER, RFC822.TEXT. */
export interface SectionItem {
  readonly item: 'SECTION';
  /** The name in the response. */
  readonly label: string;
  readonly section: Section;
  readonly partial: Partial | null;
  /** False: fetching it sets \Seen. */
  readonly peek: boolean;
}

/** A part without its Content-Transfer-Encoding (RFC 3516 §4.2). */
export interface BinaryItem {
  readonly item: 'BINARY';
  /** The name in the response. */
  readonly label: string;
  /** Part numbers; empty: the whole message. */
  readonly path: readonly number[];
  readonly partial: Partial | null;
  /** False: fetching it sets \Seen. */
  readonly peek: boolean;
}

/** The bytes of such a part. */
export interface BinarySizeItem {
  readonly item: 'BINARY.SIZE';
  readonly label: string;
  readonly path: readonly number[];
}

const FAST: readonly FetchItem[] = [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }];
const ALL: readonly FetchItem[] = [...FAST, { item: 'ENVELOPE' }];
const FULL: readonly FetchItem[] = [...ALL, { item: 'BODY' }];
const MACROS: Readonly<Record<string, readonly FetchItem[]>> = { ALL, FAST, FULL };

const MAX_ITEMS = 500;

/** A macro, one item, or a list of items, in which no macro may stand; doubles are dropped. */
export function readFetchItems(cursor: Cursor): FetchItem[] {
  const read = cursor.atList() ? cursor.list(readListed) : readMacroOrItem(cursor);
  if (read.length === 0) throw new ImapSyntaxError('Expected items to fetch');
  if (read.length > MAX_ITEMS) throw new ImapSyntaxError('Too many items to fetch');
  const items = new Map<string, FetchItem>();
  for (const item of read) {
    const key = keyOf(item);
    // The one of two that sets \Seen.
    if (items.has(key) && 'peek' in item && item.peek) continue;
    items.set(key, item);
  }
  return [...items.values()];
}

function keyOf(item: FetchItem): string {
  if (!('label' in item)) return item.item;
  return 'partial' in item ? `${item.label}${item.partial?.count ?? ''}` : item.label;
}

function readMacroOrItem(cursor: Cursor): readonly FetchItem[] {
  const name = itemName(cursor);
  return MACROS[name] ?? [readItem(cursor, name)];
}

function readListed(cursor: Cursor): FetchItem {
  return readItem(cursor, itemName(cursor));
}

function readItem(cursor: Cursor, name: string): FetchItem {
  switch (name) {
    case 'FLAGS':
    case 'UID':
    case 'MODSEQ':
    case 'INTERNALDATE':
    case 'RFC822.SIZE':
    case 'ENVELOPE':
    case 'BODYSTRUCTURE':
    case 'EMAILID':
    case 'THREADID':
    case 'SAVEDATE':
      return { item: name };
    case 'BODY':
      return cursor.peek() === 0x5b ? readBody(cursor, false) : { item: 'BODY' };
    case 'BODY.PEEK':
      return readBody(cursor, true);
    case 'PREVIEW':
      return { item: 'PREVIEW', lazy: readLazy(cursor) };
    case 'BINARY':
      return readBinary(cursor, false);
    case 'BINARY.PEEK':
      return readBinary(cursor, true);
    case 'BINARY.SIZE': {
      const path = readPath(cursor);
      return { item: 'BINARY.SIZE', label: `BINARY.SIZE[${path.join('.')}]`, path };
    }
    case 'RFC822':
      return { item: 'SECTION', label: 'RFC822', section: whole(null), partial: null, peek: false };
    case 'RFC822.HEADER':
      return { item: 'SECTION', label: 'RFC822.HEADER', section: whole('HEADER'), partial: null, peek: true };
    case 'RFC822.TEXT':
      return { item: 'SECTION', label: 'RFC822.TEXT', section: whole('TEXT'), partial: null, peek: false };
    default:
      throw new ImapSyntaxError(`Unknown item to fetch: ${name}`);
  }
}

/** Like an atom, but '[' ends it. */
function itemName(cursor: Cursor): string {
  const { bytes, end } = cursor;
  const start = cursor.position;
  let at = start;
  while (at < end && isNameByte(bytes[at]!)) at += 1;
  if (at === start) throw new ImapSyntaxError('Expected an item to fetch');
  cursor.position = at;
  return bytes.toString('latin1', start, at).toUpperCase();
}

function isNameByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2e
  );
}

function readBody(cursor: Cursor, peek: boolean): SectionItem {
  const section = readSection(cursor);
  const partial = readPartial(cursor);
  return { item: 'SECTION', label: sectionLabel(section, partial), section, partial, peek };
}

/** [SP "(" preview-mod *(SP preview-mod) ")"], of which LAZY is the only one. */
function readLazy(cursor: Cursor): boolean {
  if (cursor.peek() !== 0x20 || cursor.bytes[cursor.position + 1] !== 0x28) return false;
  cursor.space();
  const modifiers = cursor.list((list) => list.keyword());
  if (modifiers.length === 0 || modifiers.some((modifier) => modifier !== 'LAZY'))
    throw new ImapSyntaxError('Expected LAZY');
  return true;
}

function readBinary(cursor: Cursor, peek: boolean): BinaryItem {
  const path = readPath(cursor);
  const partial = readPartial(cursor);
  const label = `BINARY[${path.join('.')}]${partial === null ? '' : `<${partial.offset}>`}`;
  return { item: 'BINARY', label, path, partial, peek };
}

/** section-binary = "[" [section-part] "]" */
function readPath(cursor: Cursor): readonly number[] {
  const { path, text } = readSection(cursor);
  if (text !== null) throw new ImapSyntaxError('Expected part numbers alone');
  return path;
}

function whole(text: Section['text']): Section {
  return { path: [], text, fields: [] };
}
