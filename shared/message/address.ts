import type { Address } from './structure.ts';

/**
 * Address lists of header fields (RFC 5322 §3.4, obsolete forms of §4.4), forgiving: whatever is written,
 * the addresses a reader would see in it come out, and the time taken grows with its length only.
 */

/** Most addresses and group markers read from one field; a longer list is cut. */
export const MAX_ADDRESSES = 4096;

interface Token {
  /** 'word': an atom with its dots; 'quoted': a quoted string; 'literal': [in brackets]; else one of the specials. */
  readonly kind: 'word' | 'quoted' | 'literal' | '@' | '<' | '>' | ',' | ':' | ';';
  readonly text: string;
}

const NO_ADDRESSES: readonly Address[] = [];

/** @param value an unfolded field value; latin1 in, latin1 out. Never throws. */
export function parseAddressList(value: string, limit = MAX_ADDRESSES): readonly Address[] {
  return value === '' ? NO_ADDRESSES : new AddressReader(value, limit).read();
}

class AddressReader {
  readonly #value: string;
  readonly #limit: number;
  readonly #found: Address[] = [];
  #at = 0;
  #comment: string | null = null;
  /** An opening quote or parenthesis without its end was met: later ones are not searched for again. */
  #quoteLost = false;
  #commentLost = false;
  #words: Token[] = [];
  #sawAt = false;
  #inGroup = false;

  constructor(value: string, limit: number) {
    this.#value = value;
    this.#limit = limit;
  }

  read(): readonly Address[] {
    while (this.#found.length < this.#limit) {
      const token = this.#next();
      if (token === null) break;
      switch (token.kind) {
        case ',':
          this.#bare();
          break;
        case ';':
          this.#bare();
          if (this.#inGroup) this.#endGroup();
          break;
        case ':':
          if (this.#inGroup || this.#sawAt) break;
          this.#found.push({ name: null, route: null, mailbox: this.#phrase() ?? '', host: null });
          this.#inGroup = true;
          this.#reset();
          break;
        case '<':
          this.#angle();
          break;
        case '>':
          break;
        default:
          if (token.kind === '@') this.#sawAt = true;
          this.#words.push(token);
      }
    }
    this.#bare();
    if (this.#inGroup) this.#endGroup();
    return this.#found;
  }

  #reset(): void {
    this.#words = [];
    this.#sawAt = false;
    this.#comment = null;
  }

  #endGroup(): void {
    this.#found.push({ name: null, route: null, mailbox: null, host: null });
    this.#inGroup = false;
  }

  #phrase(): string | null {
    return this.#words.length === 0 ? null : phraseOf(this.#words);
  }

  /** Ends an address written without angle brackets; words before it are taken for its name. */
  #bare(): void {
    const words = this.#words;
    const at = words.findLastIndex((word) => word.kind === '@');
    if (at < 0) {
      const mailbox = this.#phrase();
      if (mailbox !== null) this.#found.push({ name: this.#comment, route: null, mailbox, host: '' });
      this.#reset();
      return;
    }
    let start = Math.max(at - 1, 0);
    while (start > 0 && joined(words[start - 1]!, words[start]!)) start--;
    const name = start === 0 || at === 0 ? null : phraseOf(words.slice(0, start));
    let end = at + 2;
    while (end < words.length && joined(words[end - 1]!, words[end]!)) end++;
    this.#found.push({
      name: name ?? this.#comment,
      route: null,
      mailbox: texts(words.slice(start, at)),
      host: texts(words.slice(at + 1, end)),
    });
    this.#reset();
  }

  /** After "<": the address, up to ">" or to where one must have been forgotten. */
  #angle(): void {
    const name = this.#phrase();
    let words: Token[] = [];
    let route: string | null = null;
    for (;;) {
      const before = this.#at;
      const token = this.#next();
      if (token === null || token.kind === '>') break;
      if (token.kind === ':' && words[0]?.kind === '@') {
        route = texts(words);
        words = [];
        continue;
      }
      if (token.kind === ';' || token.kind === '<' || (token.kind === ',' && words[0]?.kind !== '@')) {
        this.#at = before;
        break;
      }
      words.push(token);
    }
    const at = words.findLastIndex((word) => word.kind === '@');
    // Anything up to the next separator belongs to nobody, but a comment may be the name (RFC 5322 §A.5).
    this.#words = [];
    for (;;) {
      const before = this.#at;
      const token = this.#next();
      if (token === null) break;
      if (token.kind === ',' || token.kind === ';' || token.kind === '<') {
        this.#at = token.kind === ',' ? this.#at : before;
        break;
      }
    }
    this.#found.push({
      name: name ?? this.#comment,
      route,
      mailbox: texts(at < 0 ? words : words.slice(0, at)),
      host: at < 0 ? '' : texts(words.slice(at + 1)),
    });
    this.#reset();
  }

  #next(): Token | null {
    const value = this.#value;
    for (;;) {
      const at = this.#at;
      if (at >= value.length) return null;
      const code = value.charCodeAt(at);
      if (code <= 32) {
        this.#at++;
        continue;
      }
      if (code === 40 && !this.#commentLost && this.#skipComment()) continue;
      if (code === 34 && !this.#quoteLost) {
        const text = this.#quoted();
        if (text !== null) return { kind: 'quoted', text };
      }
      const special = SPECIALS.get(code);
      if (special !== undefined) {
        this.#at++;
        return special;
      }
      if (code === 91) {
        const end = value.indexOf(']', at);
        // Bounded, so that many "[" without "]" stay linear: RFC 5321 §4.5.3.1.2 allows a domain 255 octets.
        if (end >= 0 && end - at <= 255) {
          this.#at = end + 1;
          return { kind: 'literal', text: value.slice(at, end + 1) };
        }
      }
      return { kind: 'word', text: this.#atom() };
    }
  }

  #atom(): string {
    const start = this.#at++;
    while (this.#at < this.#value.length) {
      const code = this.#value.charCodeAt(this.#at);
      if (code <= 32 || SPECIALS.has(code)) break;
      if ((code === 34 && !this.#quoteLost) || (code === 40 && !this.#commentLost)) break;
      this.#at++;
    }
    return this.#value.slice(start, this.#at);
  }

  #quoted(): string | null {
    const value = this.#value;
    let text = '';
    let from = this.#at + 1;
    for (let at = from; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code === 92 && at + 1 < value.length) {
        text += value.slice(from, at);
        from = ++at;
      } else if (code === 34) {
        this.#at = at + 1;
        return text + value.slice(from, at);
      }
    }
    this.#quoteLost = true;
    return null;
  }

  #skipComment(): boolean {
    const value = this.#value;
    let depth = 0;
    for (let at = this.#at; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code === 92) at++;
      else if (code === 40) depth++;
      else if (code === 41 && --depth === 0) {
        this.#comment =
          value
            .slice(this.#at + 1, at)
            .replace(/\\(.)/g, '$1')
            .trim() || this.#comment;
        this.#at = at + 1;
        return true;
      }
    }
    this.#commentLost = true;
    return false;
  }
}

const SPECIALS = new Map<number, Token>(
  (['@', '<', '>', ',', ':', ';'] as const).map((kind) => [kind.charCodeAt(0), { kind, text: kind }]),
);

/** Two words around a dot are one local part or domain, blanks or not (obs-local-part, obs-domain); "a@b@c" is one too. */
function joined(left: Token, right: Token): boolean {
  return (
    left.kind === '@' ||
    right.kind === '@' ||
    (left.kind === 'word' && left.text.endsWith('.')) ||
    (right.kind === 'word' && right.text.startsWith('.'))
  );
}

/** The words with a blank between them; an "@", in a name that repeats the address, stands close. */
function phraseOf(words: readonly Token[]): string {
  if (words.length === 1) return words[0]!.text;
  return words
    .map(({ kind, text }, index) =>
      index > 0 && kind !== '@' && words[index - 1]!.kind !== '@' ? ` ${text}` : text,
    )
    .join('');
}

function texts(words: readonly Token[]): string {
  return words.length === 1 ? words[0]!.text : words.map((word) => word.text).join('');
}
