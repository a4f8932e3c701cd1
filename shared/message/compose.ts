import { asBuffer } from './header.ts';

/** Messages we write ourselves (delivery reports): folded fields and multiparts. RFC 5322 §2.2.3, RFC 2046 §5.1. */

/** Name and value; the value is ASCII (`encodeWords` makes it so) or, for SMTPUTF8 recipients, UTF-8. */
export type Field = readonly [name: string, value: string];

/** RFC 5322 §2.1.1: lines should be at most this long without CRLF … */
const FOLD_AT = 78;
/** … and must be at most 998, of which this leaves room for the name. */
const MAX_WORD_BYTES = 880;

/** "Name: value" CRLF, folded before blanks. Line ends and NUL in the value become blanks: no field can be smuggled in. */
export function formatField(name: string, value: string): string {
  const words = value
    .replace(/[\r\n\0]+/g, ' ')
    .trim()
    .split(/[ \t]+/)
    .flatMap(breakWord);
  let text = `${name}:`;
  let column = text.length;
  for (const [index, word] of words.entries()) {
    const width = 1 + Buffer.byteLength(word);
    // A line of blanks alone would end the header for some readers, so the first word is never folded away.
    if (index > 0 && column + width > FOLD_AT) {
      text += '\r\n';
      column = 0;
    }
    text += ` ${word}`;
    column += width;
  }
  return `${text}\r\n`;
}

/** A word that no line could hold, in pieces of whole characters; at most 4 bytes each. */
function breakWord(word: string): string[] {
  if (word.length * 3 <= MAX_WORD_BYTES) return [word];
  const characters = [...word];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += MAX_WORD_BYTES / 4) {
    pieces.push(characters.slice(at, at + MAX_WORD_BYTES / 4).join(''));
  }
  return pieces;
}

/** The fields one after the other; without the blank line. */
export function formatFields(fields: readonly Field[]): string {
  return fields.map(([name, value]) => formatField(name, value)).join('');
}

/** `name` (ASCII or encoded words) and address: `"Mail Delivery" <postmaster@example.test>`. */
export function formatAddress(name: string | null, address: string): string {
  if (name === null || name === '') return address;
  const phrase = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(name)
    ? name
    : `"${name.replace(/["\\]/g, '\\$&')}"`;
  return `${phrase} <${address}>`;
}

export interface ComposedPart {
  readonly fields: readonly Field[];
  /** Already in the transfer encoding that `fields` name. */
  readonly body: Uint8Array | string;
}

/**
 * A whole multipart message. `fields` lack its Content-Type, which is made of `type` (`multipart/report;
 * report-type=delivery-status`) and `boundary`. @throws RangeError when the boundary is none, or stands in a part.
 */
export function composeMultipart(
  fields: readonly Field[],
  type: string,
  boundary: string,
  parts: readonly ComposedPart[],
): Buffer {
  if (!/^[A-Za-z0-9'()+_,\-./:=?]{1,70}$/.test(boundary)) throw new RangeError('unusable multipart boundary');
  const header = `${formatFields([...fields, ['MIME-Version', '1.0'], ['Content-Type', `${type}; boundary="${boundary}"`]])}\r\n`;
  const pieces: Buffer[] = [Buffer.from(header)];
  for (const part of parts) {
    const body = typeof part.body === 'string' ? Buffer.from(part.body) : asBuffer(part.body);
    if (body.includes(`--${boundary}`)) throw new RangeError('the multipart boundary occurs in a part');
    pieces.push(Buffer.from(`--${boundary}\r\n${formatFields(part.fields)}\r\n`), body, Buffer.from('\r\n'));
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}
