const CR = 13;
const LF = 10;
const DOT = 46;

/**
 * Message bytes to what follows 354 (RFC 5321 §4.5.2): each line that begins with a dot gets one more, and the end is
 * `CRLF.CRLF`. A CR or LF that stands alone becomes CRLF, so that no receiver, however lenient in what it takes for a
 * line end, sees the end of the message before we mean it (SMTP smuggling). Linear; a chunk without anything to change
 * goes out as it is, uncopied.
 */
export class DataEncoder {
  #atLineStart = true;
  #afterCr = false;

  write(chunk: Uint8Array): Uint8Array {
    const changed = this.#firstChange(chunk);
    if (changed === chunk.length) return chunk;
    // Each byte becomes at most two, but for a lone CR before a leading dot, owed from the chunk before.
    const out = new Uint8Array(changed + 2 * (chunk.length - changed) + 2);
    out.set(chunk.subarray(0, changed));
    return out.subarray(0, this.#rewrite(chunk, changed, out));
  }

  /** What closes the message. The encoder is then as new. */
  end(): Uint8Array {
    const close = this.#afterCr ? '\n.\r\n' : this.#atLineStart ? '.\r\n' : '\r\n.\r\n';
    this.#atLineStart = true;
    this.#afterCr = false;
    return Buffer.from(close, 'latin1');
  }

  /** Takes the bytes that go out as they are; the index of the first that does not. */
  #firstChange(chunk: Uint8Array): number {
    let lineStart = this.#atLineStart;
    let afterCr = this.#afterCr;
    let i = 0;
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (afterCr !== (byte === LF) || (lineStart && byte === DOT)) break;
      afterCr = byte === CR;
      lineStart = byte === LF;
    }
    this.#atLineStart = lineStart;
    this.#afterCr = afterCr;
    return i;
  }

  #rewrite(chunk: Uint8Array, from: number, out: Uint8Array): number {
    let lineStart = this.#atLineStart;
    let afterCr = this.#afterCr;
    let at = from;
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (afterCr && byte !== LF) {
        out[at++] = LF;
        lineStart = true;
      } else if (!afterCr && byte === LF) out[at++] = CR;
      if (lineStart && byte === DOT) out[at++] = DOT;
      out[at++] = byte;
      afterCr = byte === CR;
      lineStart = byte === LF;
    }
    this.#atLineStart = lineStart;
    this.#afterCr = afterCr;
    return at;
  }
}
