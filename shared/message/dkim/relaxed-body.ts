const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;

/** Bytes gathered before they are given on. */
const PIECE_BYTES = 16_384;

/**
 * A body in the form that is hashed, "relaxed" (RFC 6376 §3.4.4): runs of blanks are one space, none at the end of a line, no empty
 * lines at the end. A LF alone ends a line, too, as verifiers have it. Linear, and no more than a piece of it stands in memory.
 */
export class RelaxedBody {
  readonly #give: (piece: Uint8Array) => void;
  #out = new Uint8Array(PIECE_BYTES);
  #at = 0;
  #any = false;
  /** Line ends not yet given: those at the end of the body are not. */
  #lineEnds = 0;
  #blank = false;
  #afterCr = false;

  /** `give` gets the canonical bytes; each piece is its own. */
  constructor(give: (piece: Uint8Array) => void) {
    this.#give = give;
  }

  write(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === LF) {
        this.#afterCr = false;
        this.#blank = false;
        this.#lineEnds++;
        continue;
      }
      if (this.#afterCr) {
        this.#afterCr = false;
        this.#put(CR);
      }
      if (byte === CR) this.#afterCr = true;
      else if (byte === SPACE || byte === TAB) this.#blank = true;
      else this.#put(byte);
    }
  }

  /** Gives what is left. */
  end(): void {
    if (this.#afterCr) this.#put(CR);
    this.#afterCr = false;
    if (this.#any) this.#lineEnd();
    this.#flush();
  }

  #put(byte: number): void {
    for (; this.#lineEnds > 0; this.#lineEnds--) this.#lineEnd();
    if (this.#blank) this.#push(SPACE);
    this.#blank = false;
    this.#push(byte);
    this.#any = true;
  }

  #lineEnd(): void {
    this.#push(CR);
    this.#push(LF);
  }

  #push(byte: number): void {
    if (this.#at === PIECE_BYTES) this.#flush();
    this.#out[this.#at++] = byte;
  }

  #flush(): void {
    if (this.#at === 0) return;
    this.#give(this.#out.subarray(0, this.#at));
    this.#out = new Uint8Array(PIECE_BYTES);
    this.#at = 0;
  }
}
