const LF = 10;
const CR = 13;
const MAX_LINE = 998;

/**
 * What can be told of a message that comes in BDAT chunks (RFC 3030), where no octet ends it. A CR or LF that stands alone,
 * also over the edge of two chunks, makes it no text: some server on its way could see two messages in it.
 */
export class ChunkReader {
  /** Octets of content so far. */
  size = 0;
  bareLineEnding = false;
  eightBit = false;
  /** A NUL, or a line of more than 998 octets. */
  unfitForLines = false;
  #afterCr = false;
  #lineLength = 0;

  read(chunk: Uint8Array): void {
    let { bareLineEnding, eightBit, unfitForLines } = this;
    let afterCr = this.#afterCr;
    let lineLength = this.#lineLength;
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i]!;
      if (afterCr !== (octet === LF)) bareLineEnding = true;
      afterCr = octet === CR;
      if (octet === LF) lineLength = 0;
      else if (octet !== CR && ++lineLength > MAX_LINE) unfitForLines = true;
      if (octet === 0) unfitForLines = true;
      else if (octet > 127) eightBit = true;
    }
    this.#afterCr = afterCr;
    this.#lineLength = lineLength;
    this.bareLineEnding = bareLineEnding;
    this.eightBit = eightBit;
    this.unfitForLines = unfitForLines;
    this.size += chunk.length;
  }

  /** The message is over: a CR at its end stands alone. */
  end(): void {
    if (this.#afterCr) this.bareLineEnding = true;
  }
}
