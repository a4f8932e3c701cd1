import { type Cursor, ImapSyntaxError } from './cursor.ts';

/** What stands in the brackets of BODY[…] (RFC 3501 §6.4.5). */
export interface Section {
  /** Part numbers; empty: the message itself. */
  readonly path: readonly number[];
  readonly text: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME' | null;
  /** Field names of HEADER.FIELDS and HEADER.FIELDS.NOT, as written. */
  readonly fields: readonly string[];
}

/** `<offset.count>`: bytes. */
export interface Partial {
  readonly offset: number;
  readonly count: number;
}

/** Deeper than any message's structure is kept. */
const MAX_PATH = 100;
const MAX_FIELDS = 1_000;

/** section = "[" [section-spec] "]" */
export function readSection(cursor: Cursor): Section {
  cursor.expect('[');
  const path: number[] = [];
  while (isDigit(cursor.peek())) {
    path.push(cursor.nonZeroNumber());
    if (path.length > MAX_PATH) throw new ImapSyntaxError('Too many part numbers');
    if (!cursor.take('.')) {
      cursor.expect(']');
      return { path, text: null, fields: [] };
    }
  }
  if (path.length === 0 && cursor.take(']')) return { path, text: null, fields: [] };
  const text = readText(cursor);
  if (text === 'MIME' && path.length === 0) throw new ImapSyntaxError('MIME needs a part number');
  let fields: string[] = [];
  if (text === 'HEADER.FIELDS' || text === 'HEADER.FIELDS.NOT') {
    cursor.space();
    fields = cursor.list((list) => list.astring().toString('latin1'));
    if (fields.length === 0) throw new ImapSyntaxError('Expected field names');
    if (fields.length > MAX_FIELDS) throw new ImapSyntaxError('Too many field names');
  }
  cursor.expect(']');
  return { path, text, fields };
}

function readText(cursor: Cursor): NonNullable<Section['text']> {
  const text = cursor.keyword();
  switch (text) {
    case 'HEADER':
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT':
    case 'TEXT':
    case 'MIME':
      return text;
    default:
      throw new ImapSyntaxError('Unknown section');
  }
}

/** partial = "<" number "." nz-number ">" */
export function readPartial(cursor: Cursor): Partial | null {
  if (!cursor.take('<')) return null;
  const offset = cursor.number();
  cursor.expect('.');
  const count = cursor.nonZeroNumber();
  cursor.expect('>');
  return { offset, count };
}

/** As it stands in the response: `BODY[1.HEADER.FIELDS (From To)]<0>`. */
export function sectionLabel(section: Section, partial: Partial | null): string {
  const parts: string[] = section.path.map(String);
  if (section.text !== null) parts.push(section.text);
  const fields = section.fields.length === 0 ? '' : ` (${section.fields.map(fieldLabel).join(' ')})`;
  return `BODY[${parts.join('.')}${fields}]${partial === null ? '' : `<${partial.offset}>`}`;
}

function fieldLabel(field: string): string {
  if (/^[!#$&'+\-.0-9:;<=>?@A-Z^_`a-z|~]+$/.test(field)) return field;
  return /[\r\n\0\x80-\xff]/.test(field)
    ? `{${field.length}}\r\n${field}`
    : `"${field.replace(/["\\]/g, '\\$&')}"`;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
