import { headerFields, headerLength } from '../../../shared/message/header.ts';

/** Octets and lines of a header that is checked: the check takes time that rises faster than they do. */
export const MAX_CHECKED_OCTETS = 262_144;
export const MAX_CHECKED_LINES = 2_500;
/** Octets of a field that is looked into: From, signatures, seals. */
const MAX_FIELD_OCTETS = 16_384;
/** Signatures that are checked; the others are as if they were not there. */
const MAX_SIGNATURES = 10;
/** Signatures over a part of the body: each is another hash of all of it. */
const MAX_PARTIAL_SIGNATURES = 1;
/** Octets of a field name; what is longer has none that is known, or signed. */
const MAX_NAME_OCTETS = 200;

const LF = 10;
const CR = 13;
const BLANK_LINE = Buffer.from('\r\n');
/** `l=` of RFC 6376 §3.5. */
const LENGTH_TAG = /(?:^|;)\s*l\s*=/i;
const LOOKED_INTO = new Set([
  'from',
  'content-type',
  'dkim-signature',
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
]);

/**
 * Gathers a message's header, so that it is bounded before anything looks into it: handed over whole, without what is over the bounds that do no
 * harm; the body passes through. A header that ends without a blank line gets one, as in storage: what is checked is what will be
 * read. `tooLarge`: it is over those that would, and nothing more is handed over.
 */
export class HeaderBound {
  tooLarge = false;
  #pieces: Buffer[] | undefined = [];
  #octets = 0;
  #lines = 0;
  /** The line under way is empty so far, but for a CR. */
  #blank = true;

  read(chunk: Uint8Array): Uint8Array[] {
    const pieces = this.#pieces;
    if (pieces === undefined) return [chunk];
    if (this.tooLarge) return [];
    const end = this.#headerEnd(chunk);
    pieces.push(Buffer.from(chunk.subarray(0, end)));
    this.#octets += end ?? chunk.length;
    const over = this.#octets > MAX_CHECKED_OCTETS || this.#lines > MAX_CHECKED_LINES;
    if (end === undefined && !over) return [];
    const kept = this.#bounded(Buffer.concat(pieces), over);
    if (this.tooLarge) return [];
    if (end !== undefined && end < chunk.length) kept.push(chunk.subarray(end));
    return kept;
  }

  /** The message is over. */
  end(): Uint8Array[] {
    const pieces = this.#pieces;
    return pieces === undefined || this.tooLarge ? [] : this.#bounded(Buffer.concat(pieces), false);
  }

  /** Just past the blank line; undefined: it is not in the chunk. */
  #headerEnd(chunk: Uint8Array): number | undefined {
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at];
      if (octet === LF) {
        this.#lines++;
        if (this.#blank) return at + 1;
        this.#blank = true;
      } else if (octet !== CR) this.#blank = false;
    }
    return undefined;
  }

  /** `over`: it is too large, unless it ends at a line that can be none of it. */
  #bounded(gathered: Buffer, over: boolean): Uint8Array[] {
    this.#pieces = undefined;
    const length = headerLength(gathered);
    const kept = boundedFields(gathered.subarray(0, length));
    this.tooLarge = kept === undefined || (over && length === gathered.length);
    if (kept === undefined || this.tooLarge) return [];
    const rest = gathered.subarray(length);
    return (rest.length > 0 ? [...kept, BLANK_LINE, rest] : kept).filter((piece) => piece.length > 0);
  }
}

/** undefined: a field that is looked into is too long. */
function boundedFields(header: Buffer): Uint8Array[] | undefined {
  const kept: Uint8Array[] = [];
  let signatures = 0;
  let partial = 0;
  let from = 0;
  for (const { name, nameStart, valueStart, end } of headerFields(header)) {
    if (LOOKED_INTO.has(name) && end - nameStart > MAX_FIELD_OCTETS) return undefined;
    const signs = name === 'dkim-signature';
    const partly = signs && LENGTH_TAG.test(header.toString('latin1', valueStart, end));
    const left = (signs && ++signatures > MAX_SIGNATURES) || (partly && ++partial > MAX_PARTIAL_SIGNATURES);
    if (!left && valueStart - nameStart <= MAX_NAME_OCTETS) continue;
    kept.push(header.subarray(from, nameStart));
    from = end;
  }
  kept.push(header.subarray(from));
  return kept;
}
