import { MAX_LINE_HEAD } from '../../shared/message/header.ts';
import { AuthservIdReader, type AuthservVerdict } from './authserv-id.ts';

const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const BLANK_LINE = Buffer.from('\r\n');

/** As many hops as a message may have. */
const MAX_DELIVERED_TO = 100;
/** Octets of all From fields that are kept; nobody writes with so many others. */
const MAX_AUTHORS = 16_384;

/** A line's head: where its field name's colon is, or what else it is. */
type LineHead = number | 'no-field' | 'cut';

/**
 * Watches a message's header go by: which fields are there, how often it was received. At the header's end it
 * puts in what the session adds, and the blank line when the client left it out, so that a body typed without any header
 * does not become one. Authentication-Results that claim to be ours are left out (RFC 8601 §5).
 */
export class HeaderScan {
  /** Received fields so far. */
  received = 0;
  hasFrom = false;
  hasDate = false;
  hasMessageId = false;
  /** Values of Delivered-To fields, in lower case; at most `MAX_DELIVERED_TO`. */
  readonly deliveredTo: string[] = [];
  /** Values of From fields with their folds, latin1, as far as `keepAuthors` says so; null: more than anyone would write. */
  authors: string[] | null = [];
  /** The header is over: what follows needs no scan. */
  done = false;
  /** The start of a line that was cut before it could be told what it is. */
  #held: Buffer | undefined;
  #inLine = false;
  /** The Delivered-To value whose line is not over yet. */
  #value: string | undefined;
  #anyField = false;
  /** Within a From field that is kept. */
  #inFrom = false;
  readonly #keepAuthors: boolean;
  /** The Authentication-Results field under way, until it is known whose it is, and its octets. */
  #claim: AuthservIdReader | undefined;
  #claimed: Buffer[] = [];
  /** The field under way is left out. */
  #dropping = false;
  /** What `read` hands over. */
  #kept: Uint8Array[] = [];
  readonly #additions: (scan: HeaderScan) => string;
  readonly #authservId: string | undefined;

  /** `authservId`: whose Authentication-Results are left out; undefined: all stay. */
  constructor(additions: (scan: HeaderScan) => string, authservId?: string, keepAuthors = false) {
    this.#additions = additions;
    this.#keepAuthors = keepAuthors;
    this.#authservId = authservId;
  }

  /** The octets to store for those that came, in order. */
  read(input: Uint8Array): Uint8Array[] {
    if (this.done) return [input];
    const chunk = this.#joined(input);
    let at = 0;
    /** Where what is kept of the chunk and not yet handed over begins. */
    let from = 0;
    while (at < chunk.length) {
      let valueAt = at;
      if (!this.#inLine) {
        const wasKeeping = this.#keeping;
        const head = this.#lineStart(chunk, at);
        if (head === 'cut') {
          if (wasKeeping) this.#keep(chunk.subarray(from, at));
          this.#held = Buffer.from(chunk.subarray(at));
          return this.#takeKept();
        }
        if (head === 'no-field') {
          if (wasKeeping) this.#keep(chunk.subarray(from, at));
          return this.#endAt(chunk, at);
        }
        if (!wasKeeping) from = at;
        else if (!this.#keeping) this.#keep(chunk.subarray(from, at));
        if (head !== at) valueAt = head + 1;
      }
      const end = chunk.indexOf(LF, at);
      if (this.#value !== undefined)
        this.#noteValue(chunk.toString('utf8', at, end < 0 ? chunk.length : end), end >= 0);
      this.#inLine = end < 0;
      const next = end < 0 ? chunk.length : end + 1;
      if (this.#inFrom) this.#noteAuthor(chunk.toString('latin1', valueAt, next));
      if (this.#claim !== undefined) {
        this.#judge(chunk.subarray(at, next), this.#claim.read(chunk.subarray(valueAt, next)));
        from = next;
      }
      at = next;
    }
    if (this.#keeping) this.#keep(chunk.subarray(from));
    return this.#takeKept();
  }

  /** The message ended: what is still to be stored. */
  end(): Uint8Array[] {
    if (this.done) return [];
    return this.#endAt(this.#held ?? Buffer.alloc(0), 0);
  }

  get #keeping(): boolean {
    return !this.#dropping && this.#claim === undefined;
  }

  #keep(octets: Uint8Array): void {
    if (octets.length > 0) this.#kept.push(octets);
  }

  #takeKept(): Uint8Array[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }

  /** `octets` of a field that may be a claim to be ours. */
  #judge(octets: Buffer, verdict: AuthservVerdict): void {
    // The chunk may be gone when it is known.
    this.#claimed.push(verdict === 'undecided' ? Buffer.from(octets) : octets);
    if (verdict !== 'undecided') this.#settleClaim(verdict);
  }

  #settleClaim(verdict: 'ours' | 'foreign'): void {
    if (verdict === 'foreign') this.#kept.push(...this.#claimed);
    this.#claimed = [];
    this.#claim = undefined;
    this.#dropping = verdict === 'ours';
  }

  /** The field under way is over. */
  #endField(): void {
    if (this.#claim !== undefined) this.#settleClaim(this.#claim.end());
    this.#dropping = false;
    this.#inFrom = false;
  }

  #joined(input: Uint8Array): Buffer {
    const held = this.#held;
    this.#held = undefined;
    return held
      ? Buffer.concat([held, input])
      : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  }

  #lineStart(chunk: Buffer, at: number): LineHead {
    const first = chunk[at]!;
    if (this.#anyField && (first === SPACE || first === TAB)) return at;
    const colon = fieldColon(chunk, at);
    if (typeof colon === 'number') {
      this.#endField();
      this.#note(chunk.toString('latin1', at, colon).trimEnd().toLowerCase());
    }
    return colon;
  }

  #note(name: string): void {
    this.#anyField = true;
    if (name === 'received') this.received++;
    else if (name === 'from') this.#noteFrom();
    else if (name === 'date') this.hasDate = true;
    else if (name === 'message-id') this.hasMessageId = true;
    else if (name === 'delivered-to') this.#value = '';
    else if (name === 'authentication-results' && this.#authservId !== undefined)
      this.#claim = new AuthservIdReader(this.#authservId);
  }

  #noteFrom(): void {
    this.hasFrom = true;
    this.#inFrom = this.#keepAuthors;
    if (this.#keepAuthors) this.authors?.push('');
  }

  #noteAuthor(piece: string): void {
    const { authors } = this;
    if (authors === null) return;
    authors[authors.length - 1] += piece;
    if (authors.reduce((length, value) => length + value.length, authors.length) > MAX_AUTHORS)
      this.authors = null;
  }

  #noteValue(piece: string, over: boolean): void {
    const value = `${this.#value}${piece}`.slice(0, MAX_LINE_HEAD);
    this.#value = over ? undefined : value;
    if (!over || this.deliveredTo.length >= MAX_DELIVERED_TO) return;
    this.deliveredTo.push(
      value
        .slice(value.indexOf(':') + 1)
        .trim()
        .replace(/^<|>$/g, '')
        .toLowerCase(),
    );
  }

  /** What was kept before `at` is handed over already. */
  #endAt(chunk: Buffer, at: number): Uint8Array[] {
    this.done = true;
    this.#endField();
    this.#keep(Buffer.from(this.#additions(this), 'utf8'));
    const rest = chunk.subarray(at);
    if (rest.length > 0 && rest[0] !== CR) this.#keep(BLANK_LINE);
    this.#keep(rest);
    return this.#takeKept();
  }
}

/** `name *WSP ":"` at `at` (RFC 5322 §2.2, §4.5.8). */
function fieldColon(chunk: Buffer, at: number): LineHead {
  const limit = Math.min(chunk.length, at + MAX_LINE_HEAD);
  let i = at;
  while (i < limit && chunk[i]! > SPACE && chunk[i]! < 127 && chunk[i] !== COLON) i++;
  if (i === at) return 'no-field';
  while (i < limit && (chunk[i] === SPACE || chunk[i] === TAB)) i++;
  if (i === limit) return limit === chunk.length ? 'cut' : 'no-field';
  return chunk[i] === COLON ? i : 'no-field';
}
