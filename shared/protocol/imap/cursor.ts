import { parseSequenceSet, type SequenceSet } from './sequence-set.ts';

/** Bytes that are no legal command; `message` is safe to show to the client, in a BAD response. */
export class ImapSyntaxError extends Error {
  override readonly name = 'ImapSyntaxError';
}

const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const TILDE = 0x7e;

const ATOM = 1;
const ASTRING = 2;
const LIST = 4;
const TAG = 8;
const SEQUENCE = 16;

/** RFC 3501 §9: which bytes may stand in an atom, an astring, a list-mailbox and a tag. */
const CLASSES = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte += 1) {
  const character = String.fromCharCode(byte);
  const atom = !'(){%*"\\]'.includes(character);
  let bits = 0;
  if (atom) bits |= ATOM;
  if (atom || character === ']') bits |= ASTRING;
  if (atom || '%*]'.includes(character)) bits |= LIST;
  if ((atom || character === ']') && character !== '+') bits |= TAG;
  if ('0123456789:*,$'.includes(character)) bits |= SEQUENCE;
  CLASSES[byte] = bits;
}
// Bytes past ASCII are taken in strings without quotes too: some clients forget the quotes, and nothing is ambiguous.
for (let byte = 0x80; byte < 0x100; byte += 1) CLASSES[byte] = ASTRING | LIST;

/**
 * Reads the tokens of RFC 3501 §9 from one whole command: the bytes as they came, literals in place, so that
 * `{5}\r\nhello` is a string like any other. Every method moves forward only.
 */
export class Cursor {
  readonly bytes: Buffer;
  readonly end: number;
  position: number;
  /** Mailbox names are UTF-8, as after ENABLE IMAP4rev2 or UTF8=ACCEPT; else they are modified UTF-7. */
  readonly utf8: boolean;

  constructor(bytes: Buffer, position = 0, utf8 = false) {
    this.bytes = bytes;
    this.position = position;
    this.utf8 = utf8;
    let end = bytes.length;
    if (end > 0 && bytes[end - 1] === 0x0a) end -= 1;
    if (end > 0 && bytes[end - 1] === 0x0d) end -= 1;
    this.end = end;
  }

  /** The next byte, or -1 at the end. */
  peek(): number {
    return this.position < this.end ? this.bytes[this.position]! : -1;
  }

  /** True, and past it, when the next byte is this ASCII character. */
  take(character: string): boolean {
    if (this.peek() !== character.charCodeAt(0)) return false;
    this.position += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.take(character)) throw new ImapSyntaxError(`Expected '${character}'${this.#where()}`);
  }

  space(): void {
    if (this.peek() !== SPACE) throw new ImapSyntaxError(`Expected a space${this.#where()}`);
    this.position += 1;
  }

  /** Nothing may follow. Spaces before the line's end are let pass, as several clients send them. */
  finish(): void {
    while (this.peek() === SPACE) this.position += 1;
    if (this.position < this.end) throw new ImapSyntaxError(`Unexpected arguments${this.#where()}`);
  }

  atEnd(): boolean {
    return this.position >= this.end;
  }

  tag(): string {
    return this.#run(TAG, 'a tag');
  }

  atom(): string {
    return this.#run(ATOM, 'an atom');
  }

  /** An atom in upper case: names of commands, items and keys compare without case. */
  keyword(): string {
    return this.atom().toUpperCase();
  }

  /** Like `keyword`, but '' when there is no atom here. */
  optionalKeyword(): string {
    return CLASSES[this.peek() & 0xff]! & ATOM && this.peek() >= 0 ? this.keyword() : '';
  }

  number(): number {
    return this.number64(0xffff_ffff);
  }

  nonZeroNumber(): number {
    const value = this.number();
    if (value === 0) throw new ImapSyntaxError(`Expected a number above zero${this.#where()}`);
    return value;
  }

  /** Up to `limit`, at most 2^53-1. */
  number64(limit: number = Number.MAX_SAFE_INTEGER): number {
    const start = this.position;
    let value = 0;
    for (;;) {
      const byte = this.peek();
      if (byte < 0x30 || byte > 0x39) break;
      value = value * 10 + (byte - 0x30);
      if (value > limit) throw new ImapSyntaxError(`Number too large${this.#where()}`);
      this.position += 1;
    }
    if (this.position === start) throw new ImapSyntaxError(`Expected a number${this.#where()}`);
    return value;
  }

  /** A quoted string or a literal. */
  string(): Buffer {
    const byte = this.peek();
    if (byte === QUOTE) return this.#quoted();
    if (byte === BRACE || byte === TILDE) return this.#literal();
    throw new ImapSyntaxError(`Expected a string${this.#where()}`);
  }

  /** True when a quoted string or a literal comes next. */
  atString(): boolean {
    const byte = this.peek();
    return byte === QUOTE || byte === BRACE || (byte === TILDE && this.bytes[this.position + 1] === BRACE);
  }

  astring(): Buffer {
    return this.atString() ? this.string() : Buffer.from(this.#run(ASTRING, 'a string'), 'latin1');
  }

  /** An astring read as UTF-8. */
  astringText(): string {
    return this.astring().toString('utf8');
  }

  /** A string, or null for NIL. */
  nstring(): Buffer | null {
    if (this.atString()) return this.string();
    if (this.keyword() !== 'NIL') throw new ImapSyntaxError(`Expected a string or NIL${this.#where()}`);
    return null;
  }

  /** A mailbox name with wildcards: RFC 3501 §9 list-mailbox. */
  listMailbox(): string {
    return this.atString() ? this.string().toString('latin1') : this.#run(LIST, 'a mailbox pattern');
  }

  sequenceSet(): SequenceSet {
    const set = parseSequenceSet(this.#run(SEQUENCE, 'a sequence set'));
    if (set === null) throw new ImapSyntaxError(`Invalid sequence set${this.#where()}`);
    return set;
  }

  /** `(` items separated by one space `)`; may be empty. */
  list<Item>(item: (cursor: Cursor) => Item): Item[] {
    const items: Item[] = [];
    this.expect('(');
    if (this.take(')')) return items;
    for (;;) {
      items.push(item(this));
      if (this.take(')')) return items;
      this.space();
    }
  }

  /** flag = "\" atom / atom. */
  flag(): string {
    return this.take('\\') ? `\\${this.atom()}` : this.atom();
  }

  atList(): boolean {
    return this.peek() === OPEN;
  }

  atListEnd(): boolean {
    return this.peek() === CLOSE;
  }

  #run(wanted: number, what: string): string {
    const { bytes, end } = this;
    const start = this.position;
    let at = start;
    while (at < end && CLASSES[bytes[at]!]! & wanted) at += 1;
    if (at === start) throw new ImapSyntaxError(`Expected ${what}${this.#where()}`);
    this.position = at;
    return bytes.toString('latin1', start, at);
  }

  #quoted(): Buffer {
    const { bytes, end } = this;
    const start = this.position + 1;
    let escaped = false;
    let at = start;
    for (; at < end && bytes[at] !== QUOTE; at += 1) {
      const byte = bytes[at]!;
      if (byte === 0x0d || byte === 0x0a || byte === 0)
        throw new ImapSyntaxError('Illegal byte in a quoted string');
      if (byte === BACKSLASH) {
        escaped = true;
        at += 1;
        if (at < end && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH)
          throw new ImapSyntaxError("Only '\"' and '\\' can be escaped in a quoted string");
      }
    }
    if (at >= end) throw new ImapSyntaxError("Missing '\"'");
    this.position = at + 1;
    const inside = bytes.subarray(start, at);
    return escaped ? withoutEscapes(inside) : inside;
  }

  #literal(): Buffer {
    this.take('~');
    this.expect('{');
    const length = this.number64();
    this.take('+');
    this.expect('}');
    this.take('\r');
    this.expect('\n');
    const start = this.position;
    if (start + length > this.end) throw new ImapSyntaxError('Incomplete literal');
    this.position = start + length;
    return this.bytes.subarray(start, start + length);
  }

  #where(): string {
    return this.atEnd() ? ' at the end of the command' : ` at byte ${this.position + 1}`;
  }
}

function withoutEscapes(quoted: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(quoted.length);
  let length = 0;
  for (let at = 0; at < quoted.length; at += 1) {
    if (quoted[at] === BACKSLASH) at += 1;
    plain[length] = quoted[at]!;
    length += 1;
  }
  return plain.subarray(0, length);
}
