const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);

/** Cuts received bytes into lines. A line ends with CRLF; a lone LF, as typed into netcat, is taken too. */
export class LineReader {
  #pending: Buffer = EMPTY;
  /** Where in `#pending` no LF was found yet. */
  #searched = 0;
  #discarding = false;

  get buffered(): number {
    return this.#pending.length;
  }

  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
  }

  /** The next line without its end; 'too-long' once for a line over `limit` octets (its end included), which is passed over. */
  read(limit: number): Buffer | 'too-long' | 'need-data' {
    const end = this.#pending.indexOf(LF, this.#searched);
    if (end < 0) {
      if (!this.#discarding && this.#pending.length < limit) {
        this.#searched = this.#pending.length;
        return 'need-data';
      }
      // Nothing of an over-long line is kept, so that it costs no memory however long it is.
      this.#discarding = true;
      this.#advance(this.#pending.length);
      return 'need-data';
    }
    const line = this.#pending.subarray(0, end > 0 && this.#pending[end - 1] === CR ? end - 1 : end);
    const tooLong = this.#discarding || end + 1 > limit;
    this.#discarding = false;
    this.#advance(end + 1);
    return tooLong ? 'too-long' : line;
  }

  #advance(count: number): void {
    this.#pending = count === this.#pending.length ? EMPTY : this.#pending.subarray(count);
    this.#searched = 0;
  }
}
