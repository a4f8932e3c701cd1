const CR = 13;
const LF = 10;
const DOT = 46;
const SPACE = 32;

/** Octets of a line without CRLF and without the dot added for transparency (RFC 5321 §4.5.3.1.6). */
export const MAX_TEXT_LINE_BYTES = 998;

/**
 * Message bytes to what follows 354 (RFC 5321 §4.5.2): each line that begins with a dot gets one more, and the end is
 * `CRLF.CRLF`. A CR or LF that stands alone becomes CRLF, so that no receiver, however lenient in what it takes for a
 * line end, sees the end of the message before we mean it (SMTP smuggling). A line of more than `MAX_TEXT_LINE_BYTES`
 * is broken by CRLF and a space, as Postfix does (`smtp_line_length_limit`): a receiver may refuse it as it is, and the
 * space makes a long header field a folded one. Linear; a chunk without anything to change
 * goes out as it is, uncopied.
 */
export class DataEncoder {
  readonly #transparent: boolean;
  #atLineStart = true;
  #afterCr = false;
  /** Octets that the line still takes. */
  #room = MAX_TEXT_LINE_BYTES;

  /** False: leading dots stay as they are and no dot ends it, so that the output is what the receiver will have. */
  constructor(transparent = true) {
    this.#transparent = transparent;
  }

  write(chunk: Uint8Array): Uint8Array {
    const changed = this.#firstChange(chunk);
    if (changed === chunk.length) return chunk;
    // Each byte becomes at most two, but for a lone CR before a leading dot, owed from the chunk before, or else the
    // first byte past a line's limit; before the next such byte come hundreds that stay one.
    const out = new Uint8Array(changed + 2 * (chunk.length - changed) + 2);
    out.set(chunk.subarray(0, changed));
    return out.subarray(0, this.#rewrite(chunk, changed, out));
  }

  /** What closes the message. The encoder is then as new. */
  end(): Uint8Array {
    const close = this.#afterCr ? '\n' : this.#atLineStart ? '' : '\r\n';
    this.#atLineStart = true;
    this.#afterCr = false;
    this.#room = MAX_TEXT_LINE_BYTES;
    return Buffer.from(this.#transparent ? `${close}.\r\n` : close, 'latin1');
  }

  /** Takes the bytes that go out as they are; the index of the first that does not. */
  #firstChange(chunk: Uint8Array): number {
    let lineStart = this.#atLineStart;
    let afterCr = this.#afterCr;
    let room = this.#room;
    let i = 0;
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (afterCr !== (byte === LF) || (lineStart && byte === DOT && this.#transparent)) break;
      if (byte === LF || byte === CR) room = MAX_TEXT_LINE_BYTES;
      else if (room === 0) break;
      else room--;
      afterCr = byte === CR;
      lineStart = byte === LF;
    }
    this.#atLineStart = lineStart;
    this.#afterCr = afterCr;
    this.#room = room;
    return i;
  }

  #rewrite(chunk: Uint8Array, from: number, out: Uint8Array): number {
    let lineStart = this.#atLineStart;
    let afterCr = this.#afterCr;
    let room = this.#room;
    let at = from;
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (afterCr && byte !== LF) {
        out[at++] = LF;
        lineStart = true;
      } else if (!afterCr && byte === LF) out[at++] = CR;
      if (byte === LF || byte === CR) room = MAX_TEXT_LINE_BYTES;
      else if (room > 0) room--;
      else {
        out[at++] = CR;
        out[at++] = LF;
        out[at++] = SPACE;
        room = MAX_TEXT_LINE_BYTES - 2;
      }
      if (lineStart && byte === DOT && this.#transparent) out[at++] = DOT;
      out[at++] = byte;
      afterCr = byte === CR;
      lineStart = byte === LF;
    }
    this.#atLineStart = lineStart;
    this.#afterCr = afterCr;
    this.#room = room;
    return at;
  }
}
