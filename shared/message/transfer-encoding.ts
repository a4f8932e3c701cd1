import { asBuffer } from './header.ts';

/** Content-Transfer-Encoding (RFC 2045 §6): decoders for bytes in any cuts, and the encoders our own messages need. */

export interface TransferDecoder {
  /** The bytes that `chunk` completes; they may be those of `chunk` itself. Never throws: what is broken is passed over or through. */
  write(chunk: Uint8Array): Buffer;
  /** What is left at the end. */
  end(): Buffer;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** @param encoding lower case, as in the structure. 7bit, 8bit, binary and unknown ones leave the bytes as they are. */
export function transferDecoder(encoding: string): TransferDecoder {
  if (encoding === 'base64') return new Base64Decoder();
  if (encoding === 'quoted-printable') return new QuotedPrintableDecoder();
  return { write: asBuffer, end: () => NOTHING };
}

/** The whole of a small body at once. */
export function decodeTransfer(bytes: Uint8Array, encoding: string): Buffer {
  const decoder = transferDecoder(encoding);
  const body = decoder.write(bytes);
  const rest = decoder.end();
  return rest.length === 0 ? body : Buffer.concat([body, rest]);
}

/** Value of each base64 digit; 64: "="; 255: no digit, passed over (RFC 2045 §6.8). */
const DIGITS = new Uint8Array(256).fill(255);
for (const [value, digit] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=',
].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

/** Base64. Padding ends a group, not the data: encodings put one after the other decode to all of theirs. */
export class Base64Decoder implements TransferDecoder {
  #bits = 0;
  #digits = 0;

  write(chunk: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(Math.ceil((chunk.length * 3) / 4) + 3);
    let length = 0;
    let bits = this.#bits;
    let digits = this.#digits;
    for (let at = 0; at < chunk.length; at++) {
      const value = DIGITS[chunk[at]!]!;
      if (value < 64) {
        bits = (bits << 6) | value;
        if (++digits === 4) {
          out[length++] = bits >> 16;
          out[length++] = (bits >> 8) & 255;
          out[length++] = bits & 255;
          bits = 0;
          digits = 0;
        }
      } else if (value === 64) {
        length = writeRest(out, length, bits, digits);
        bits = 0;
        digits = 0;
      }
    }
    this.#bits = bits;
    this.#digits = digits;
    return out.subarray(0, length);
  }

  end(): Buffer {
    const out = Buffer.alloc(2);
    const length = writeRest(out, 0, this.#bits, this.#digits);
    this.#bits = 0;
    this.#digits = 0;
    return out.subarray(0, length);
  }
}

function writeRest(out: Buffer, at: number, bits: number, digits: number): number {
  let length = at;
  if (digits === 2) out[length++] = bits >> 4;
  if (digits === 3) {
    out[length++] = bits >> 10;
    out[length++] = (bits >> 2) & 255;
  }
  return length;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;
/** Blanks held back at a line's end; more of them are text. RFC 2045 §6.7 allows lines of 76. */
const MAX_HELD = 256;

/** Quoted-printable. Blanks before a line end are dropped (RFC 2045 §6.7 rule 3); a "=" that starts nothing is text. */
export class QuotedPrintableDecoder implements TransferDecoder {
  /** Bytes that may be the start of an escape or the blanks before a line end. */
  readonly #held: Buffer = Buffer.allocUnsafe(MAX_HELD + 2);
  #heldLength = 0;

  write(chunk: Uint8Array): Buffer {
    let bytes = asBuffer(chunk);
    if (this.#heldLength > 0) {
      bytes = Buffer.concat([this.#held.subarray(0, this.#heldLength), bytes]);
      this.#heldLength = 0;
    }
    return this.#decode(bytes, false);
  }

  end(): Buffer {
    const bytes = Buffer.from(this.#held.subarray(0, this.#heldLength));
    this.#heldLength = 0;
    return this.#decode(bytes, true);
  }

  #decode(bytes: Buffer, last: boolean): Buffer {
    const out = Buffer.allocUnsafe(bytes.length);
    const size = bytes.length;
    let length = 0;
    let at = 0;
    while (at < size) {
      const byte = bytes[at]!;
      if (byte !== EQUALS && byte !== SPACE && byte !== TAB) {
        out[length++] = byte;
        at++;
        continue;
      }
      // Either is decided by what follows the blanks after it; without that the bytes wait for the next chunk.
      const from = byte === EQUALS ? at + 1 : at;
      let end = from;
      while (end < size && end - from < MAX_HELD && (bytes[end] === SPACE || bytes[end] === TAB)) end++;
      const lineEnd = end - from === MAX_HELD ? 0 : lineEndAt(bytes, end, last);
      if (
        lineEnd < 0 ||
        (!last && byte === EQUALS && end === from && from + 1 >= size && isHexOrNothing(bytes, from))
      ) {
        this.#heldLength = bytes.copy(this.#held, 0, at, size);
        break;
      }
      if (byte === EQUALS) {
        if (lineEnd > 0) {
          at = end + lineEnd;
        } else if (last && end === size) {
          at = end;
        } else {
          const high = hexValue(bytes[at + 1]);
          const low = hexValue(bytes[at + 2]);
          if (high >= 0 && low >= 0) {
            out[length++] = high * 16 + low;
            at += 3;
          } else {
            out[length++] = EQUALS;
            at++;
          }
        }
      } else {
        const dropped = lineEnd > 0 || (last && end === size);
        if (!dropped) {
          bytes.copy(out, length, at, end);
          length += end - at;
        }
        at = end;
      }
    }
    return out.subarray(0, length);
  }
}

/** Length of the line end at `at`, 0 when there is none, -1 when the bytes end too early to tell. */
function lineEndAt(bytes: Buffer, at: number, last: boolean): number {
  if (at >= bytes.length) return last ? 0 : -1;
  if (bytes[at] === LF) return 1;
  if (bytes[at] !== CR) return 0;
  if (at + 1 >= bytes.length) return last ? 0 : -1;
  return bytes[at + 1] === LF ? 2 : 0;
}

function isHexOrNothing(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || hexValue(bytes[at]) >= 0;
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const upper = byte & ~32;
  return upper >= 65 && upper <= 70 ? upper - 55 : -1;
}

/** Base64 in lines of 76 characters, each ended by CRLF. */
export function encodeBase64(bytes: Uint8Array): string {
  const digits = asBuffer(bytes).toString('base64');
  let text = '';
  for (let at = 0; at < digits.length; at += 76) text += `${digits.slice(at, at + 76)}\r\n`;
  return text;
}

/** Quoted-printable of text: line ends (CRLF or LF) stay line ends, as CRLF; lines of at most 76 characters. */
export function encodeQuotedPrintable(bytes: Uint8Array): string {
  const lines = asBuffer(bytes).toString('latin1').split(/\r?\n/);
  return lines.map(encodeLine).join('\r\n');
}

function encodeLine(line: string): string {
  let text = '';
  let column = 0;
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    const last = at === line.length - 1;
    const plain =
      (code >= 33 && code <= 126 && code !== EQUALS) || ((code === SPACE || code === TAB) && !last);
    const encoded = plain ? line[at]! : `=${code.toString(16).toUpperCase().padStart(2, '0')}`;
    if (column + encoded.length > (last ? 76 : 75)) {
      text += '=\r\n';
      column = 0;
    }
    text += encoded;
    column += encoded.length;
  }
  return text;
}
