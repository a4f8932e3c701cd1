const LF = 10;
const CR = 13;
const DOT = 46;
const DOT_BYTES = Buffer.from('.');
const CR_BYTES = Buffer.from('\r');
const CRLF_BYTES = Buffer.from('\r\n');

/**
 * Turns the bytes of a message, piece by piece, into the lines of a multi-line response (RFC 1939 §3):
 * a line that begins with a dot gets another one, a lone LF becomes CRLF, and the last line is ended when the message
 * does not end it. A lone CR is no line end and stays. What needs no change is passed on as it came, uncopied.
 */
export class MultiLineEncoder {
  /** Octets given out, without the dots put in: the size of the message as RFC 1939 §11 counts it. */
  octets = 0;
  #bodyLinesLeft: number;
  #inHeader = true;
  #lineLength = 0;
  #lastWasCr = false;
  #done = false;

  /** `bodyLines`: for TOP, stop after that many lines of the body. */
  constructor(bodyLines: number = Number.POSITIVE_INFINITY) {
    this.#bodyLinesLeft = bodyLines;
  }

  /** True when TOP has all its lines: the rest of the message need not be read. */
  get done(): boolean {
    return this.#done;
  }

  write(chunk: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    if (this.#done) return out;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let copied = 0;
    let lineStart = 0;
    for (;;) {
      if (this.#lineLength === 0 && bytes[lineStart] === DOT) {
        this.#put(out, bytes, copied, lineStart);
        out.push(DOT_BYTES);
        copied = lineStart;
      }
      const end = bytes.indexOf(LF, lineStart);
      if (end < 0) break;
      const before = end > lineStart ? bytes[end - 1] === CR : this.#lastWasCr;
      if (!before) {
        this.#put(out, bytes, copied, end);
        out.push(CR_BYTES);
        this.octets += 1;
        copied = end;
      }
      const length = this.#lineLength + end - lineStart - (before ? 1 : 0);
      this.#lineLength = 0;
      this.#lastWasCr = false;
      lineStart = end + 1;
      if (this.#endsResponse(length)) {
        this.#put(out, bytes, copied, lineStart);
        this.#done = true;
        return out;
      }
    }
    if (lineStart < bytes.length) {
      this.#lineLength += bytes.length - lineStart;
      this.#lastWasCr = bytes[bytes.length - 1] === CR;
    }
    this.#put(out, bytes, copied, bytes.length);
    return out;
  }

  /** What ends an unfinished last line; the terminating dot is the engine's. */
  end(): Uint8Array[] {
    if (this.#lineLength === 0 || this.#done) return [];
    this.octets += this.#lastWasCr ? 1 : 2;
    return [this.#lastWasCr ? CRLF_BYTES.subarray(1) : CRLF_BYTES];
  }

  /** Called at each line end with the line's length. */
  #endsResponse(length: number): boolean {
    if (this.#inHeader) {
      if (length > 0) return false;
      this.#inHeader = false;
      return this.#bodyLinesLeft === 0;
    }
    this.#bodyLinesLeft -= 1;
    return this.#bodyLinesLeft === 0;
  }

  #put(out: Uint8Array[], bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    out.push(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    this.octets += end - start;
  }
}
