/** Chunks below this are put together: many small ones would make the list of chunks itself slow. */
const SMALL = 512;
const BLOCK = 4_096;

/**
 * Received bytes in order, kept as the chunks they came in. A line that lies in one chunk is handed out without
 * a copy; one over several chunks is copied once. Scanning resumes where it stopped, so that a line fed byte by
 * byte costs linear time.
 */
export class InputBuffer {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Where small chunks are put together, how far it is filled, and what of it is in the list. */
  #block: Buffer | undefined;
  #filled = 0;
  #gathered: Buffer | undefined;
  /** Bytes known to hold no LF. */
  #scanned = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (chunk.length < SMALL && this.#chunks.length > 0) this.#gather(chunk);
    else
      this.#chunks.push(
        Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length),
      );
    this.#length += chunk.length;
  }

  /** Bytes already handed out are never written over: a block only fills up. */
  #gather(chunk: Uint8Array): void {
    const last = this.#chunks.length - 1;
    const open = this.#block !== undefined && this.#chunks[last] === this.#gathered;
    if (!open || this.#filled + chunk.length > BLOCK) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK);
      this.#filled = 0;
      this.#chunks.push(this.#block);
    }
    const start = open && this.#filled > 0 ? this.#filled - this.#gathered!.length : 0;
    this.#block!.set(chunk, this.#filled);
    this.#filled += chunk.length;
    this.#gathered = this.#block!.subarray(start, this.#filled);
    this.#chunks[this.#chunks.length - 1] = this.#gathered;
  }

  /** The next line with its LF, or undefined when its end has not come yet. */
  takeLine(): Buffer | undefined {
    let base = 0;
    for (const chunk of this.#chunks) {
      const from = Math.max(0, this.#scanned - base);
      if (from < chunk.length) {
        const at = chunk.indexOf(0x0a, from);
        if (at >= 0) return this.take(base + at + 1);
      }
      base += chunk.length;
    }
    this.#scanned = this.#length;
    return undefined;
  }

  /** Exactly `count` bytes, which must be there. */
  take(count: number): Buffer {
    this.#scanned = 0;
    if (count === 0) return Buffer.alloc(0);
    const first = this.#chunks[0]!;
    if (first.length >= count) return this.takeSome(count);
    const taken = Buffer.allocUnsafe(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const chunk = this.#chunks[used]!;
      const length = Math.min(chunk.length, count - filled);
      chunk.copy(taken, filled, 0, length);
      filled += length;
      if (length === chunk.length) used += 1;
      else this.#chunks[used] = chunk.subarray(length);
    }
    this.#chunks.splice(0, used);
    this.#length -= count;
    return taken;
  }

  drop(count: number): void {
    let left = count;
    while (left > 0) left -= this.takeSome(left).length;
  }

  /** Between one byte and `limit` bytes, whatever lies together in the first chunk; empty when there is nothing. */
  takeSome(limit: number): Buffer {
    this.#scanned = 0;
    const first = this.#chunks[0];
    if (first === undefined) return Buffer.alloc(0);
    if (first.length <= limit) {
      this.#chunks.shift();
      this.#length -= first.length;
      return first;
    }
    this.#chunks[0] = first.subarray(limit);
    this.#length -= limit;
    return first.subarray(0, limit);
  }
}
