import { Boundaries } from './boundaries.ts';
import { contentOf } from './content.ts';
import { envelopeOf, referencesOf } from './envelope.ts';
import { asBuffer, fieldColon, headerFields, isMboxLine, MAX_LINE_HEAD } from './header.ts';
import { HeaderBlock } from './header-block.ts';
import {
  boundaryOf,
  closedPart,
  isDigest,
  isIdentity,
  isMessageType,
  newOpenPart,
  type OpenPart,
  opaque,
} from './open-part.ts';
import type { EnvelopeStructure, MessageStructure, PartStructure } from './structure.ts';

/**
 * The MIME structure of a message in one pass over its bytes, in any cuts, with bounded memory: only header blocks
 * are kept, and only until they end. RFC 2045, 2046, 5322; lines may end in CRLF or a bare LF. Never throws.
 */

/** Header bytes read over the whole message; afterwards no more parts are opened, so that a structure stays small. */
export const MAX_TOTAL_HEADER_BYTES = 4_194_304;
/** Addresses kept over the whole message; later envelopes have none. */
export const MAX_TOTAL_ADDRESSES = 16_384;
/** Levels of parts in parts; a deeper multipart or message is an application/octet-stream leaf. */
export const MAX_DEPTH = 100;
/** Parts of a message; what follows belongs to the part then open. */
export const MAX_PARTS = 10_000;
const LF = 10;
const CR = 13;
const DASH = 45;
const NOTHING: Buffer = Buffer.alloc(0);

/** A line of which at least the head is at hand. One object serves for all lines. */
interface Line {
  /** `bytes[from…end)` is the line's head, without its LF. */
  bytes: Buffer;
  from: number;
  end: number;
  /** Of all of the line, without its LF. */
  length: number;
  /** Offsets of the line and of the one after it. */
  start: number;
  next: number;
  /** Length of the line end before it: it belongs to a delimiter (RFC 2046 §5.1.1). */
  breakBefore: number;
  /** False for the last line of a message that does not end in a line end. */
  terminated: boolean;
}

export class StructureParser {
  /** Offset of the present chunk's first byte. */
  #base = 0;
  /** Line ends so far. */
  #lines = 0;
  /** The root first, the innermost open part last. */
  readonly #open: OpenPart[] = [];
  #parts = 0;
  #headerBytes = 0;
  #addresses = 0;
  #references: readonly string[] = [];
  readonly #boundaries = new Boundaries();
  #root: PartStructure | null = null;

  #inHeader = false;
  /** No line of the present header has been seen. */
  #firstLine = true;
  readonly #header = new HeaderBlock();

  /** 'skip': inside a body line that cannot be a delimiter; 'held': inside a line whose head is in #head. */
  #partial: 'none' | 'skip' | 'held' = 'none';
  #head: Buffer = NOTHING;
  #headLength = 0;
  /** Length of the whole held line so far. */
  #heldLength = 0;
  #heldStart = 0;
  #heldBreak = 0;
  readonly #line: Line = {
    bytes: NOTHING,
    from: 0,
    end: 0,
    length: 0,
    start: 0,
    next: 0,
    breakBefore: 0,
    terminated: true,
  };
  #lastByte = 0;
  #byteBeforeLast = 0;

  constructor() {
    this.#openPart(0, false, true);
  }

  write(bytes: Uint8Array): void {
    const chunk = asBuffer(bytes);
    const length = chunk.length;
    if (length === 0) return;
    this.#header.resume();
    let at = this.#partial === 'none' ? 0 : this.#resumeLine(chunk);
    while (at < length) at = this.#inHeader ? this.#headerLine(chunk, at) : this.#bodyLines(chunk, at);
    if (this.#inHeader) this.#header.keep(chunk, length);
    this.#byteBeforeLast = length > 1 ? chunk[length - 2]! : this.#lastByte;
    this.#lastByte = chunk[length - 1]!;
    this.#base += length;
  }

  end(): MessageStructure {
    const size = this.#base;
    this.#header.resume();
    if (this.#partial === 'held') {
      this.#partial = 'none';
      this.#readLine(NOTHING, this.#heldLine(size, false));
    }
    while (this.#inHeader) this.#endHeader(NOTHING, size);
    this.#closeTo(0, size, 0);
    const root = this.#open[0]!;
    this.#closePart(root, size, 0);
    return {
      version: 1,
      size,
      envelope: root.envelope!,
      body: this.#root!,
      references: this.#references,
    };
  }

  /** One header line, or its beginning when the chunk ends in it. Returns where the next line begins. */
  #headerLine(chunk: Buffer, at: number): number {
    const lf = chunk.indexOf(LF, at);
    if (lf < 0) return this.#hold(chunk, at);
    this.#lines++;
    this.#readLine(chunk, this.#lineIn(chunk, at, lf));
    return lf + 1;
  }

  /** Body lines up to the chunk's end or a delimiter. Returns where the next line begins. */
  #bodyLines(chunk: Buffer, start: number): number {
    const length = chunk.length;
    const watching = this.#boundaries.size > 0;
    let at = start;
    let lines = this.#lines;
    while (at < length) {
      const lf = chunk.indexOf(LF, at);
      if (lf < 0) {
        this.#lines = lines;
        if (watching && chunk[at] === DASH) return this.#hold(chunk, at);
        this.#partial = 'skip';
        return length;
      }
      lines++;
      if (watching && chunk[at] === DASH && chunk[at + 1] === DASH) {
        this.#lines = lines;
        if (this.#delimiter(chunk, this.#lineIn(chunk, at, lf))) return lf + 1;
      }
      at = lf + 1;
    }
    this.#lines = lines;
    return length;
  }

  /** Goes on with the line that the last chunk ended in. Returns where the next line begins. */
  #resumeLine(chunk: Buffer): number {
    const lf = chunk.indexOf(LF);
    const end = lf < 0 ? chunk.length : lf;
    if (this.#partial === 'held') this.#appendHead(chunk, 0, end);
    if (lf < 0) return end;
    this.#lines++;
    const held = this.#partial === 'held';
    this.#partial = 'none';
    if (held) this.#readLine(chunk, this.#heldLine(this.#base + lf + 1, true));
    return lf + 1;
  }

  #hold(chunk: Buffer, at: number): number {
    if (this.#head.length === 0) this.#head = Buffer.allocUnsafe(MAX_LINE_HEAD + 1);
    this.#partial = 'held';
    this.#headLength = 0;
    this.#heldLength = 0;
    this.#heldStart = this.#base + at;
    this.#heldBreak = this.#breakBefore(chunk, at);
    this.#appendHead(chunk, at, chunk.length);
    return chunk.length;
  }

  #appendHead(chunk: Buffer, from: number, end: number): void {
    const take = Math.min(end - from, this.#head.length - this.#headLength);
    if (take > 0) {
      chunk.copy(this.#head, this.#headLength, from, from + take);
      this.#headLength += take;
    }
    this.#heldLength += end - from;
  }

  #breakBefore(chunk: Buffer, at: number): number {
    if (at === 0 && this.#base === 0) return 0;
    const before = at >= 2 ? chunk[at - 2] : at === 1 ? this.#lastByte : this.#byteBeforeLast;
    return before === CR ? 2 : 1;
  }

  /** The line at `at` that ends in the LF at `lf`. */
  #lineIn(chunk: Buffer, at: number, lf: number): Line {
    const line = this.#line;
    line.bytes = chunk;
    line.from = at;
    line.end = lf;
    line.length = lf - at;
    line.start = this.#base + at;
    line.next = this.#base + lf + 1;
    line.breakBefore = this.#breakBefore(chunk, at);
    line.terminated = true;
    return line;
  }

  #heldLine(next: number, terminated: boolean): Line {
    const line = this.#line;
    line.bytes = this.#head;
    line.from = 0;
    line.end = this.#headLength;
    line.length = this.#heldLength;
    line.start = this.#heldStart;
    line.next = next;
    line.breakBefore = this.#heldBreak;
    line.terminated = terminated;
    return line;
  }

  /** In a header a line is a field, the end, or already the body; in a body it may be a delimiter. */
  #readLine(chunk: Buffer, line: Line): void {
    const { bytes, from, end } = line;
    if (this.#inHeader) {
      if (line.terminated && (line.length === 0 || (line.length === 1 && bytes[from] === CR))) {
        this.#endHeader(chunk, line.next);
        return;
      }
      if (this.#delimiter(chunk, line)) return;
      const first = this.#firstLine;
      this.#firstLine = false;
      if (!first && (bytes[from] === 32 || bytes[from] === 9)) return;
      if (fieldColon(bytes, from, end) >= 0 || (first && isMboxLine(bytes, from, end))) return;
      // No field and no blank line: the body begins with this very line, that of a message inside too.
      this.#endHeaderBefore(chunk, line, line.start);
    }
    this.#delimiter(chunk, line);
  }

  /** True when the line is a delimiter of an open multipart, which has then been acted on. */
  #delimiter(chunk: Buffer, line: Line): boolean {
    const found = this.#boundaries.find(line.bytes, line.from, line.end, line.length);
    if (found === null || (!found.closes && this.#full())) return false;
    const { start, breakBefore } = line;
    if (this.#inHeader) {
      this.#endHeaderBefore(chunk, line, Math.max(start - breakBefore, this.#open.at(-1)!.headerStart));
    }
    this.#closeTo(found.place, start, breakBefore, line.terminated ? 1 : 0);
    const multipart = this.#open[found.place]!;
    if (found.closes) this.#forget(multipart);
    else this.#openPart(line.next, isDigest(multipart), false);
    return true;
  }

  /** The header ended at offset `end`, without a blank line, since `line` is no part of it. */
  #endHeaderBefore(chunk: Buffer, line: Line, end: number): void {
    if (line.terminated) this.#lines--;
    while (this.#inHeader) this.#endHeader(chunk, end);
    if (line.terminated) this.#lines++;
  }

  #full(): boolean {
    return this.#parts >= MAX_PARTS || this.#headerBytes >= MAX_TOTAL_HEADER_BYTES;
  }

  #openPart(headerStart: number, inDigest: boolean, isMessage: boolean): void {
    this.#parts++;
    this.#open.push(newOpenPart(headerStart, inDigest, isMessage));
    this.#inHeader = true;
    this.#firstLine = true;
    this.#header.begin(headerStart - this.#base);
  }

  /** The innermost part's header block ends at offset `end`; its body begins there. Opens the message in a message. */
  #endHeader(chunk: Buffer, end: number): void {
    const part = this.#open.at(-1)!;
    const place = this.#open.length - 1;
    const block = this.#header.take(chunk, end - part.headerStart, end - this.#base);
    this.#headerBytes += block.length;
    this.#inHeader = false;
    part.bodyStart = end;
    part.linesBefore = this.#lines;
    const fields = headerFields(block);
    let content = contentOf(block, fields, part.inDigest);
    if (part.isMessage) {
      part.envelope = this.#boundAddresses(envelopeOf(block, fields));
      if (place === 0) this.#references = referencesOf(block, fields);
    }
    const room = this.#open.length < MAX_DEPTH && !this.#full();
    if (content.type === 'multipart') {
      const boundary = boundaryOf(content);
      if (boundary === null) content = { ...content, type: 'text', subtype: 'plain', parameters: [] };
      else if (!room) content = opaque(content);
      else {
        part.parts = [];
        part.boundary = boundary;
        this.#boundaries.add(boundary, place);
      }
    } else if (isMessageType(content)) {
      if (isIdentity(content.encoding)) {
        if (!room) content = opaque(content);
        else {
          part.content = content;
          this.#openPart(end, false, true);
          return;
        }
      } else if (content.subtype === 'rfc822') {
        // RFC 2046 §5.2.1 forbids the encoding: there is no message to be seen without decoding it.
        content = opaque(content);
      }
    }
    part.content = content;
  }

  #boundAddresses(envelope: EnvelopeStructure): EnvelopeStructure {
    const { from, sender, replyTo, to, cc, bcc } = envelope;
    this.#addresses += from.length + sender.length + replyTo.length + to.length + cc.length + bcc.length;
    if (this.#addresses <= MAX_TOTAL_ADDRESSES || this.#open.length === 1) return envelope;
    return { ...envelope, from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] };
  }

  /** Closes all parts inside #open[place]; `start` is the offset of the delimiter line, `lineBreak` what goes before it. */
  #closeTo(place: number, start: number, lineBreak: number, uncounted = 0): void {
    while (this.#open.length > place + 1) {
      const part = this.#open.at(-1)!;
      this.#closePart(part, start, lineBreak, uncounted);
      this.#open.pop();
    }
  }

  #closePart(part: OpenPart, start: number, lineBreak: number, uncounted = 0): void {
    const place = this.#open.length - 1;
    if (part.boundary !== null) this.#forget(part);
    const last = part.message?.body ?? part.parts?.at(-1);
    const bodyEnd = Math.max(start - lineBreak, part.bodyStart, last?.bodyEnd ?? 0);
    const lines = this.#lines - uncounted - (bodyEnd < start ? 1 : 0) - part.linesBefore;
    const closed = closedPart(part, bodyEnd, Math.max(lines, 0));
    const parent = this.#open[place - 1];
    if (parent === undefined) this.#root = closed;
    else if (part.isMessage) parent.message = { envelope: part.envelope!, body: closed };
    else parent.parts!.push(closed);
  }

  #forget(part: OpenPart): void {
    this.#boundaries.remove(part.boundary!);
    part.boundary = null;
  }
}

/** The structure of a message that is all in memory. */
export function parseStructure(bytes: Uint8Array): MessageStructure {
  const parser = new StructureParser();
  parser.write(bytes);
  return parser.end();
}
