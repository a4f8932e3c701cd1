/** Bytes of one header block that are read for its fields; a longer one is cut there, its end found all the same. */
export const MAX_HEADER_BYTES = 262_144;

const NOTHING: Buffer = Buffer.alloc(0);

/** Collects the header block that is being read: no copy when it lies in one chunk. */
export class HeaderBlock {
  /** Bytes from earlier chunks. */
  #kept: Buffer = NOTHING;
  #length = 0;
  /** Where in the present chunk the block begins or goes on. */
  #from = 0;

  /** A block begins at `from` in the present chunk. */
  begin(from: number): void {
    this.#length = 0;
    this.#from = from;
  }

  /** A new chunk is there. */
  resume(): void {
    this.#from = 0;
  }

  /** Copies what `chunk` has of the block up to `end`: the chunk may be gone afterwards. */
  keep(chunk: Buffer, end: number): void {
    const take = Math.min(end - this.#from, MAX_HEADER_BYTES - this.#length);
    if (take <= 0) return;
    const needed = this.#length + take;
    if (this.#kept.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(1024, 2 * needed));
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#length, this.#from, this.#from + take);
    this.#length = needed;
  }

  /** The block's bytes: `size` of them in all, ending at `end` in `chunk` (or before it). Valid until the next call. */
  take(chunk: Buffer, size: number, end: number): Buffer {
    const length = Math.min(size, MAX_HEADER_BYTES);
    if (length === 0) return NOTHING;
    if (this.#length === 0) return chunk.subarray(this.#from, this.#from + length);
    this.keep(chunk, Math.min(end, chunk.length));
    return this.#kept.subarray(0, length);
  }
}
