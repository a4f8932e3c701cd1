import { MAX_SKIPPED_BYTES } from './server-limits.ts';

const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

/** Bytes from the client, taken as lines or as they came. Copies only a line that lies over several chunks. */
export class ServerInput {
  #head: Buffer = NOTHING;
  #offset = 0;
  /** Up to here the head holds no LF. */
  #searched = 0;
  #more: Uint8Array[] = [];
  #moreBytes = 0;
  #skipping = false;
  #skipped = 0;

  receive(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#more.push(chunk);
    this.#moreBytes += chunk.length;
  }

  get length(): number {
    return this.#head.length - this.#offset + this.#moreBytes;
  }

  /**
   * The next line without its CRLF (or LF). `limit` gets what there is of a line and gives the most octets it may have.
   * 'overlong': a longer line was skipped; 'endless': its end never came.
   */
  line(limit: (start: Buffer) => number): Buffer | 'need-data' | 'overlong' | 'endless' {
    for (;;) {
      const end = this.#head.indexOf(LF, this.#searched);
      if (end < 0 && this.#skipping) this.#skip(this.#head.length);
      if (this.#skipped > MAX_SKIPPED_BYTES) return 'endless';
      if (end < 0) {
        this.#searched = this.#head.length;
        const start = this.#head.subarray(this.#offset);
        if (!this.#skipping && start.length > 0 && start.length >= limit(start)) this.#skipping = true;
        else if (this.#moreBytes === 0) return 'need-data';
        else this.#merge();
        continue;
      }
      const line = this.#head.subarray(this.#offset, end);
      this.#advance(end + 1);
      if (this.#skipping || line.length >= limit(line)) {
        this.#skipping = false;
        this.#skipped = 0;
        return 'overlong';
      }
      return line.length > 0 && line[line.length - 1] === CR ? line.subarray(0, -1) : line;
    }
  }

  /** What lies there next, one chunk at most; empty: nothing. `consume` takes of it. */
  chunk(): Buffer {
    if (this.#offset === this.#head.length && this.#moreBytes > 0) this.#merge();
    return this.#head.subarray(this.#offset);
  }

  consume(bytes: number): void {
    this.#advance(this.#offset + bytes);
  }

  clear(): void {
    this.#head = NOTHING;
    this.#more = [];
    this.#moreBytes = 0;
    this.#advance(0);
  }

  #skip(to: number): void {
    this.#skipped += to - this.#offset;
    this.#advance(to);
  }

  #advance(to: number): void {
    this.#offset = to;
    this.#searched = to;
    if (to === this.#head.length) {
      this.#head = NOTHING;
      this.#offset = 0;
      this.#searched = 0;
    }
  }

  #merge(): void {
    const rest = this.#head.subarray(this.#offset);
    this.#searched -= this.#offset;
    this.#offset = 0;
    if (rest.length === 0 && this.#more.length === 1) {
      const only = this.#more[0]!;
      this.#head = Buffer.from(only.buffer, only.byteOffset, only.length);
    } else {
      this.#head = Buffer.concat([rest, ...this.#more]);
    }
    this.#more = [];
    this.#moreBytes = 0;
  }
}
