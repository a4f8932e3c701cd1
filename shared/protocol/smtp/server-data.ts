const LF = 10;
const CR = 13;
const DOT = 46;

const LINE_START = 0;
const TEXT = 1;
const TEXT_CR = 2;
const DOT_SEEN = 3;
const DOT_CR_SEEN = 4;

/**
 * The message after DATA (RFC 5321 §4.1.1.4, §4.5.2): takes the dots of dot-stuffing out and finds the end, which is
 * CRLF.CRLF and nothing else. A CR or LF that stands alone is content to some servers and a line end to others,
 * so a second message could hide behind it: it is noted, and never ends a line here.
 */
export class DataReader {
  /** Octets of content so far. */
  size = 0;
  /** Octets of all that was read. */
  received = 0;
  ended = false;
  bareLineEnding = false;
  eightBit = false;
  #state = LINE_START;

  /** Reads up to the end of data: the octets taken from `chunk`, and the content in them, of the same memory where it was not stuffed. */
  read(chunk: Uint8Array): { consumed: number; content: Uint8Array } {
    const length = chunk.length;
    const pieces: Uint8Array[] = [];
    let state = this.#state;
    let start = 0;
    let i = 0;
    let bits = 0;
    while (i < length) {
      if (state === TEXT) {
        let octet = chunk[i]!;
        while (octet !== CR && octet !== LF) {
          bits |= octet;
          if (++i === length) break;
          octet = chunk[i]!;
        }
        if (i === length) break;
        i++;
        if (octet === CR) state = TEXT_CR;
        else this.bareLineEnding = true;
      } else if (state === TEXT_CR) {
        if (chunk[i] === LF) {
          state = LINE_START;
          i++;
        } else {
          this.bareLineEnding = true;
          state = TEXT;
        }
      } else if (state === LINE_START) {
        if (chunk[i] === DOT) {
          if (i > start) pieces.push(chunk.subarray(start, i));
          start = ++i;
          state = DOT_SEEN;
        } else {
          state = TEXT;
        }
      } else if (state === DOT_SEEN) {
        if (chunk[i] === CR) {
          start = ++i;
          state = DOT_CR_SEEN;
        } else {
          state = TEXT;
        }
      } else if (chunk[i] === LF) {
        start = ++i;
        this.ended = true;
        break;
      } else {
        this.bareLineEnding = true;
        state = TEXT;
      }
    }
    if (i > start) pieces.push(chunk.subarray(start, i));
    this.#state = state;
    if (bits > 127) this.eightBit = true;
    const content = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    this.size += content.length;
    this.received += i;
    return { consumed: i, content };
  }
}
