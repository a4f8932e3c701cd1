import { asBuffer, fieldValue, type HeaderField, headerFields, trimBlanks } from './header.ts';
import type { Parameter } from './structure.ts';

/** The MIME fields of a part's header: RFC 2045 (Content-Type and friends), 2183, 2231, 3282, 2557, 1864. */

/** Most parameters read from one field, segments of RFC 2231 counted one by one. */
export const MAX_PARAMETERS = 256;
const MAX_LANGUAGES = 64;

export interface Content {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: readonly Parameter[];
  readonly contentId: string | null;
  readonly description: string | null;
  readonly encoding: string;
  readonly md5: string | null;
  readonly disposition: { readonly type: string; readonly parameters: readonly Parameter[] } | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
}

const NO_PARAMETERS: readonly Parameter[] = [];

/**
 * @param bytes a header block. @param inDigest the part stands in a multipart/digest (RFC 2046 §5.1.5).
 * Of a field that occurs twice the first counts. Values are latin1 as sent.
 */
export function readContent(bytes: Uint8Array, inDigest: boolean): Content {
  return contentOf(bytes, headerFields(bytes), inDigest);
}

export function contentOf(bytes: Uint8Array, fields: readonly HeaderField[], inDigest: boolean): Content {
  const buffer = asBuffer(bytes);
  const content = {
    type: inDigest ? 'message' : 'text',
    subtype: inDigest ? 'rfc822' : 'plain',
    parameters: NO_PARAMETERS,
    contentId: null as string | null,
    description: null as string | null,
    encoding: '7bit',
    md5: null as string | null,
    disposition: null as Content['disposition'],
    language: null as readonly string[] | null,
    location: null as string | null,
  };
  let typed = false;
  let encoded = false;
  for (const field of fields) {
    if (!field.name.startsWith('content-')) continue;
    switch (field.name) {
      case 'content-type': {
        if (typed) break;
        typed = true;
        const found = readMediaType(fieldValue(buffer, field));
        if (found !== null) Object.assign(content, found);
        break;
      }
      case 'content-transfer-encoding': {
        if (encoded) break;
        const token = new FieldReader(fieldValue(buffer, field)).token().toLowerCase();
        if (token !== '') content.encoding = token;
        encoded = true;
        break;
      }
      case 'content-id':
        content.contentId ??= fieldValue(buffer, field);
        break;
      case 'content-description':
        content.description ??= fieldValue(buffer, field);
        break;
      case 'content-md5':
        content.md5 ??= fieldValue(buffer, field);
        break;
      case 'content-disposition':
        content.disposition ??= readDisposition(fieldValue(buffer, field));
        break;
      case 'content-language':
        content.language ??= readLanguages(fieldValue(buffer, field));
        break;
      case 'content-location':
        content.location ??= fieldValue(buffer, field).replace(/[ \t]+/g, '');
        break;
    }
  }
  return content;
}

/** "type/subtype; parameters", type and subtype in lower case; null when it cannot be read (RFC 2045 §5.2: then it is text/plain). */
export function readMediaType(
  value: string,
): { type: string; subtype: string; parameters: readonly Parameter[] } | null {
  const reader = new FieldReader(value);
  const type = reader.token().toLowerCase();
  if (type === '') return null;
  let subtype = '';
  if (reader.take('/')) subtype = reader.token().toLowerCase();
  if (subtype === '') {
    // "Content-Type: text" of RFC 1049 days; any other type without its subtype says nothing.
    if (type !== 'text') return null;
    subtype = 'plain';
  }
  return { type, subtype, parameters: reader.parameters() };
}

function readDisposition(value: string): Content['disposition'] {
  const reader = new FieldReader(value);
  const type = reader.token().toLowerCase();
  return type === '' ? null : { type, parameters: reader.parameters() };
}

function readLanguages(value: string): readonly string[] | null {
  const reader = new FieldReader(value);
  const languages: string[] = [];
  while (languages.length < MAX_LANGUAGES) {
    const token = reader.token();
    if (token !== '') languages.push(token);
    if (!reader.take(',') && token === '') break;
  }
  return languages.length === 0 ? null : languages;
}

/** Reads one structured MIME field from left to right, stepping over blanks and comments. */
class FieldReader {
  readonly #value: string;
  #at = 0;
  #commentLost = false;

  constructor(value: string) {
    this.#value = value;
  }

  #skip(): void {
    const value = this.#value;
    for (;;) {
      const code = value.charCodeAt(this.#at);
      if (code <= 32) this.#at++;
      else if (code !== 40 || this.#commentLost || !this.#skipComment()) return;
    }
  }

  #skipComment(): boolean {
    const value = this.#value;
    let depth = 0;
    for (let at = this.#at; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code === 92) at++;
      else if (code === 40) depth++;
      else if (code === 41 && --depth === 0) {
        this.#at = at + 1;
        return true;
      }
    }
    this.#commentLost = true;
    return false;
  }

  /** The token here (RFC 2045 §5.1), 8-bit bytes let pass; '' when there is none. */
  token(): string {
    this.#skip();
    const value = this.#value;
    const start = this.#at;
    while (this.#at < value.length && !isTokenEnd(value.charCodeAt(this.#at))) this.#at++;
    return value.slice(start, this.#at);
  }

  take(character: string): boolean {
    this.#skip();
    if (this.#value[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  parameters(): readonly Parameter[] {
    const found: Parameter[] = [];
    const value = this.#value;
    let segmented = false;
    while (found.length < MAX_PARAMETERS) {
      // To the next ";", over whatever broken text stands before it.
      this.#skip();
      while (this.#at < value.length && value.charCodeAt(this.#at) !== 59) this.#at++;
      if (this.#at >= value.length) break;
      this.#at++;
      const name = this.token().toLowerCase();
      if (name === '' || !this.take('=')) continue;
      if (name.includes('*')) segmented = true;
      found.push({ name, value: this.#parameterValue() });
    }
    if (found.length === 0) return NO_PARAMETERS;
    return segmented ? joinSegments(found) : found;
  }

  #parameterValue(): string {
    this.#skip();
    const value = this.#value;
    if (value.charCodeAt(this.#at) === 34) return this.#quoted();
    // Unquoted values with blanks, slashes and brackets are common ("name=My file (1).pdf"): up to the ";".
    let end = value.indexOf(';', this.#at);
    if (end < 0) end = value.length;
    const raw = value.slice(this.#at, end);
    this.#at = end;
    const comment = TRAILING_COMMENT.exec(raw);
    return trimBlanks(comment === null ? raw : raw.slice(0, comment[1]!.length));
  }

  #quoted(): string {
    const value = this.#value;
    let text = '';
    let from = ++this.#at;
    for (let at = from; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code === 92 && at + 1 < value.length) {
        text += value.slice(from, at);
        from = ++at;
      } else if (code === 34) {
        this.#at = at + 1;
        return text + value.slice(from, at);
      }
    }
    this.#at = value.length;
    return trimBlanks(text + value.slice(from));
  }
}

/** A token and behind it nothing but a comment (RFC 2045 §5.1 "charset=us-ascii (Plain text)"). */
const TRAILING_COMMENT = /^([^\s()<>@,;:\\"/[\]?=]+)[ \t]+\(/;

const TOKEN_ENDS = new Set([...'()<>@,;:\\"/[]?='].map((character) => character.charCodeAt(0)));

function isTokenEnd(code: number): boolean {
  return code <= 32 || code === 127 || TOKEN_ENDS.has(code);
}

/**
 * RFC 2231 §3: "name*0", "name*1"… become one "name"; when the first is extended ("name*0*") one "name*",
 * its percent encoding and charset kept for the client to decode, plain segments encoded to match.
 */
function joinSegments(found: readonly Parameter[]): readonly Parameter[] {
  const groups = new Map<string, Map<number, { value: string; extended: boolean }>>();
  const kept: (Parameter | { name: string; segments: true })[] = [];
  for (const parameter of found) {
    const match = /^([^*]+)\*(0|[1-9]\d{0,3})(\*?)$/.exec(parameter.name);
    if (match === null) {
      kept.push(parameter);
      continue;
    }
    const name = match[1]!;
    let segments = groups.get(name);
    if (segments === undefined) {
      segments = new Map();
      groups.set(name, segments);
      kept.push({ name, segments: true });
    }
    const index = Number(match[2]);
    if (!segments.has(index)) segments.set(index, { value: parameter.value, extended: match[3] === '*' });
  }
  return kept.map((item) => {
    if (!('segments' in item)) return item;
    const segments = groups.get(item.name)!;
    const extended = segments.get(0)?.extended === true;
    let value = '';
    for (let index = 0; ; index++) {
      const segment = segments.get(index);
      if (segment === undefined) break;
      value += extended && !segment.extended ? percentEncode(segment.value) : segment.value;
    }
    return { name: extended ? `${item.name}*` : item.name, value };
  });
}

function percentEncode(value: string): string {
  return value.replace(
    /[^A-Za-z0-9!#$&+\-.^_`{|}~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
