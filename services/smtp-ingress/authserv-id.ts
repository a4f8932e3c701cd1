import { domainToASCII } from 'node:url';

/** Octets of a value that are looked at: an id that begins behind more than this of comments is not meant to be read. */
const MAX_LOOK = 4_096;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const BACKSLASH = 92;
/** tspecials of RFC 2045 §5.1: what ends a token. */
const TSPECIALS = new Set(Buffer.from('()<>@,;:\\"/[]?='));

/** `undecided`: more octets are needed. */
export type AuthservVerdict = 'ours' | 'foreign' | 'undecided';

/**
 * Reads the value of an Authentication-Results field, in any cuts, as far as the authserv-id (RFC 8601 §2.2:
 * `[CFWS] value`, in any case). What cannot be told within `MAX_LOOK` octets counts as ours.
 */
export class AuthservIdReader {
  readonly #own: string;
  #depth = 0;
  #escaped = false;
  #quoted = false;
  #looked = 0;
  readonly #id: number[] = [];

  /** `own`: our authserv-id, a host name. */
  constructor(own: string) {
    this.#own = own.toLowerCase();
  }

  read(octets: Uint8Array): AuthservVerdict {
    for (const octet of octets) {
      if (++this.#looked > MAX_LOOK) return 'ours';
      if (this.#ends(octet)) return this.end();
    }
    return 'undecided';
  }

  /** The value is over. */
  end(): 'ours' | 'foreign' {
    const id = Buffer.from(this.#id).toString('utf8').replace(/\.$/, '');
    return (domainToASCII(id) || id).toLowerCase() === this.#own ? 'ours' : 'foreign';
  }

  /** True when the id ended before this octet. */
  #ends(octet: number): boolean {
    if (this.#escaped) {
      this.#escaped = false;
      if (this.#quoted) this.#id.push(octet);
      return false;
    }
    if (octet === CR || octet === LF) return this.#id.length > 0 && !this.#quoted && this.#depth === 0;
    if (octet === BACKSLASH && (this.#quoted || this.#depth > 0)) {
      this.#escaped = true;
      return false;
    }
    if (this.#quoted) return this.#inQuotes(octet);
    if (this.#depth > 0) {
      if (octet === OPEN) this.#depth++;
      else if (octet === CLOSE) this.#depth--;
      return false;
    }
    return this.#outside(octet);
  }

  #inQuotes(octet: number): boolean {
    if (octet === QUOTE) return true;
    this.#id.push(octet);
    return false;
  }

  #outside(octet: number): boolean {
    const started = this.#id.length > 0;
    if (octet === SPACE || octet === TAB) return started;
    if (started && TSPECIALS.has(octet)) return true;
    if (octet === OPEN) this.#depth = 1;
    else if (octet === QUOTE) this.#quoted = true;
    else if (TSPECIALS.has(octet)) return true;
    else this.#id.push(octet);
    return false;
  }
}
