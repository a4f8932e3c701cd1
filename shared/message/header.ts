/**
 * Header blocks (RFC 5322 §2.2, obsolete forms of §4.5 too): which line is a field, where each field lies, what it says.
 */

/** Longest line start looked at when a line is classified; a field name or boundary line beyond it is plain text. */
export const MAX_LINE_HEAD = 1100;

export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  /** Offset of the name's first byte. */
  readonly nameStart: number;
  /** Offset just past the colon. */
  readonly valueStart: number;
  /** Offset just past the line end of the field's last line: `nameStart`…`end` is the field as it was sent. */
  readonly end: number;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const COLON = 58;

/** Offset of the colon when the line is a field ("name *WSP ':'"), else -1. RFC 5322 §3.6.8, §4.5 (blanks before the colon). */
export function fieldColon(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_LINE_HEAD);
  let at = start;
  while (at < limit) {
    const byte = bytes[at]!;
    if (byte <= SPACE || byte > 126 || byte === COLON) break;
    at++;
  }
  if (at === start) return -1;
  while (at < limit && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at < limit && bytes[at] === COLON ? at : -1;
}

/** A "From " or ">From " line, as mbox files put before the first field. It is passed over, not taken for the body. */
export function isMboxLine(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (bytes[at] === 62) at++;
  return (
    end - at >= 5 &&
    bytes[at] === 70 &&
    bytes[at + 1] === 114 &&
    bytes[at + 2] === 111 &&
    bytes[at + 3] === 109 &&
    bytes[at + 4] === SPACE
  );
}

function isBlank(bytes: Uint8Array, start: number, lineEnd: number): boolean {
  return lineEnd === start || (lineEnd === start + 1 && bytes[start] === CR);
}

/**
 * The fields of a header block, in order. Reads up to the blank line, or to the first line that can be no field
 * (there the body begins without one, as Postfix too has it); what follows is not looked at.
 */
export function headerFields(bytes: Uint8Array): HeaderField[] {
  return fieldsOf(asBuffer(bytes)).fields;
}

/** Offset of the first body byte in a message or part that begins at 0: just past the blank line. */
export function headerLength(bytes: Uint8Array): number {
  return fieldsOf(asBuffer(bytes)).length;
}

function fieldsOf(bytes: Buffer): { fields: HeaderField[]; length: number } {
  const fields: HeaderField[] = [];
  const size = bytes.length;
  let at = 0;
  let first = true;
  while (at < size) {
    let lf = bytes.indexOf(LF, at);
    if (lf < 0) lf = size;
    else if (isBlank(bytes, at, lf)) return { fields, length: lf + 1 };
    let end = Math.min(lf + 1, size);
    const colon = fieldColon(bytes, at, lf);
    if (colon < 0 && !(first && isMboxLine(bytes, at, lf))) return { fields, length: at };
    while (end < size && (bytes[end] === SPACE || bytes[end] === TAB)) {
      lf = bytes.indexOf(LF, end);
      end = lf < 0 ? size : lf + 1;
    }
    if (colon >= 0) {
      const name = bytes.toString('latin1', at, colon).trimEnd().toLowerCase();
      fields.push({ name, nameStart: at, valueStart: colon + 1, end });
    }
    first = false;
    at = end;
  }
  return { fields, length: size };
}

/**
 * A field's value on one line: folding undone (RFC 5322 §2.2.3), blanks at both ends, CR, LF and NUL gone. Latin1.
 */
export function fieldValue(bytes: Uint8Array, field: HeaderField): string {
  return unfold(asBuffer(bytes).toString('latin1', field.valueStart, field.end));
}

export function unfold(value: string): string {
  return trimBlanks(LINE_BYTES.test(value) ? value.replace(ALL_LINE_BYTES, '') : value);
}

const LINE_BYTES = /[\r\n\0]/;
const ALL_LINE_BYTES = /[\r\n\0]+/g;

/** Without spaces and tabs at both ends; other white space (a latin1 0xA0) is part of the value. */
export function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlankCode(value.charCodeAt(start))) start++;
  while (end > start && isBlankCode(value.charCodeAt(end - 1))) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isBlankCode(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** The first such field's unfolded value, latin1; null when there is none. */
export function headerValue(bytes: Uint8Array, name: string): string | null {
  const wanted = name.toLowerCase();
  const field = headerFields(bytes).find((each) => each.name === wanted);
  return field === undefined ? null : fieldValue(bytes, field);
}

/** Every such field's unfolded value, latin1, in order. */
export function headerValues(bytes: Uint8Array, name: string): string[] {
  const wanted = name.toLowerCase();
  return headerFields(bytes)
    .filter((each) => each.name === wanted)
    .map((field) => fieldValue(bytes, field));
}

/** The same bytes as a Buffer, not copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
