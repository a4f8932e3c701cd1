import type { EmailId } from '../mailbox/types.ts';
import { parseAddressList } from '../message/address.ts';
import { fieldValue, headerFields } from '../message/header.ts';
import { parameterText } from '../message/parameter.ts';
import { nestedMessages } from '../message/part.ts';
import type { Address, MessageStructure, PartStructure } from '../message/structure.ts';
import { TextReader, textParts } from '../message/text.ts';
import type { MessageStorage } from '../storage/port.ts';
import { decodeRareCharset } from './charset.ts';
import { decodeAnyCharset, decodeField, fold } from './fold.ts';
import { HtmlText } from './html-text.ts';

/** Of a longer header so much is searched. Bytes. */
const MAX_HEADER_BYTES = 1_048_576;

/** Bytes of one message: at hand, or read from storage a range at a time. */
export interface MessageBytes {
  readonly emailId: EmailId;
  readonly structure: MessageStructure;
  readonly bytes: Buffer | undefined;
}

/** A piece of a message's text, folded. */
export interface TextPiece {
  /** False: of the message's own header, a line `name: value` without its end. */
  readonly body: boolean;
  readonly text: string;
  /** What comes next has nothing to do with it. */
  readonly ends: boolean;
}

/**
 * All that SEARCH TEXT looks at (RFC 9051 §6.4.4), decoded: the header, unless it is not wanted; then, as BODY,
 * headers of messages inside, names of attachments, and the text parts, HTML as its reader sees it. In memory a piece
 * at a time. Both the index and who searches without it read this, so that they cannot differ.
 */
export async function* messageText(
  storage: MessageStorage,
  message: MessageBytes,
  header: boolean,
): AsyncGenerator<TextPiece> {
  const { body } = message.structure;
  if (header) for (const line of await headerLines(storage, message)) yield piece(false, line);
  for (const nested of nestedMessages(body)) {
    for (const line of linesOf(await headerOf(storage, message, nested.body))) yield piece(true, line);
  }
  for (const name of fileNames(body)) yield piece(true, fold(clean(name)));
  for (const part of textParts(message.structure)) {
    const reader = new PartText(part);
    for await (const bytes of rangeOf(storage, message, part.bodyStart, part.bodyEnd)) {
      const text = reader.write(bytes);
      if (text !== '') yield { body: true, text, ends: false };
    }
    yield piece(true, reader.end());
  }
}

/** The message's header as lines `name: value`, folded. Of address fields, what a reader is shown too, where that differs. */
export async function headerLines(storage: MessageStorage, message: MessageBytes): Promise<string[]> {
  return linesOf(await headerOf(storage, message, message.structure.body));
}

/** True when a field of that (lower-case) name has this in it. @param lines of `headerLines`. @param needle folded. */
export function headerHas(lines: readonly string[], field: string, needle: string): boolean {
  const start = `${field}: `;
  return lines.some((line) => line.startsWith(start) && line.includes(needle, start.length));
}

function piece(body: boolean, text: string): TextPiece {
  return { body, text, ends: true };
}

const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['from', 'to', 'cc', 'bcc', 'sender', 'reply-to']);

function linesOf(header: Buffer): string[] {
  const lines: string[] = [];
  for (const field of headerFields(header)) {
    const raw = fieldValue(header, field);
    const value = lineOf(raw);
    lines.push(`${field.name}: ${value}`);
    if (!ADDRESS_FIELDS.has(field.name)) continue;
    const shown = parseAddressList(raw).map(addressText).join(', ');
    if (shown !== value) lines.push(`${field.name}: ${shown}`);
  }
  return lines;
}

function addressText({ name, mailbox, host }: Address): string {
  if (host === null) return lineOf(mailbox ?? '');
  return lineOf(name === null ? `${mailbox}@${host}` : `${name} <${mailbox}@${host}>`);
}

/** On one line, whatever was encoded in it. */
function lineOf(value: string): string {
  return fold(clean(decodeField(value)).replace(LINE_ENDS, ' '));
}

const LINE_ENDS = /[\r\n]+/g;

/** Postgres takes neither NUL nor half a character in text. */
function clean(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text).toWellFormed();
}

/** Names of attachments, and of text parts (RFC 2183, RFC 2231). */
function* fileNames(part: PartStructure): Generator<string> {
  const names = new Set([
    parameterText(part.disposition?.parameters ?? [], 'filename', decodeAnyCharset),
    parameterText(part.parameters, 'name', decodeAnyCharset),
  ]);
  for (const name of names) if (name !== null) yield name;
  for (const child of part.parts ?? []) yield* fileNames(child);
  if (part.message !== undefined) yield* fileNames(part.message.body);
}

/** A text part's bytes in any cuts to folded text. */
class PartText {
  readonly #reader: TextReader;
  readonly #html: HtmlText | undefined;
  /** Held back: what follows may be a part of the same letter. */
  #rest = '';

  constructor(part: PartStructure) {
    this.#reader = new TextReader(part, decodeRareCharset);
    this.#html = part.subtype === 'html' ? new HtmlText() : undefined;
  }

  write(bytes: Buffer): string {
    const text = this.#reader.write(bytes);
    const seen = this.#rest + (this.#html?.write(text) ?? text);
    const cut = cutBefore(seen);
    this.#rest = seen.slice(cut);
    return fold(clean(seen.slice(0, cut)));
  }

  end(): string {
    const text = this.#reader.end();
    const seen = this.#rest + (this.#html === undefined ? text : this.#html.write(text) + this.#html.end());
    return fold(clean(seen));
  }
}

/** Units of a letter with its accents, about. */
const MAX_LETTER = 8;

/** Where `text` may be cut so that no letter is: after the last ASCII, else some units before its end. */
function cutBefore(text: string): number {
  const least = Math.max(0, text.length - MAX_LETTER);
  for (let cut = text.length; cut > least; cut--) if (text.charCodeAt(cut - 1) < 0x80) return cut;
  const low = text.charCodeAt(least) >= 0xdc00 && text.charCodeAt(least) <= 0xdfff;
  return low && least > 0 ? least - 1 : least;
}

async function headerOf(
  storage: MessageStorage,
  message: MessageBytes,
  part: PartStructure,
): Promise<Buffer> {
  const { headerStart, bodyStart } = part;
  const end = Math.min(bodyStart, headerStart + MAX_HEADER_BYTES);
  return message.bytes?.subarray(headerStart, end) ?? storage.readAll(message.emailId, headerStart, end);
}

function rangeOf(
  storage: MessageStorage,
  message: MessageBytes,
  start: number,
  end: number,
): AsyncIterable<Buffer> | Iterable<Buffer> {
  return message.bytes === undefined
    ? storage.read(message.emailId, start, end)
    : [message.bytes.subarray(start, end)];
}
