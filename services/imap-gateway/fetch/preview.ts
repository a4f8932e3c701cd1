import { bodyRange } from '../../../shared/message/part.ts';
import type { MessageStructure, PartStructure } from '../../../shared/message/structure.ts';
import { TextReader, textParts } from '../../../shared/message/text.ts';
import { decodeRareCharset } from '../../../shared/search/charset.ts';
import { HtmlText } from '../../../shared/search/html-text.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { WHOLE_READ_BYTES } from '../limits.ts';
import type { LoadedMessage } from './message-batch.ts';

/** RFC 8970 §3.2 recommends so many characters, and forbids more than 256. */
const MAX_CHARACTERS = 200;
/** Of the text part so much is looked at; past it is the style sheet of a newsletter that has no text. Bytes. */
const LOOKED_AT_BYTES = 32_768;

/**
 * The beginning of what the message says (RFC 8970 §3), on one line; '' where it says nothing in text. `lazy`: null
 * instead of one more read from storage.
 */
export async function preview(
  storage: MessageStorage,
  message: LoadedMessage,
  lazy: boolean,
): Promise<string | null> {
  const part = partToShow(message.structure!);
  if (part === undefined) return '';
  if (lazy && message.bytes === undefined && message.facts!.size > WHOLE_READ_BYTES) return null;
  const { start, end } = bodyRange(part);
  const stop = Math.min(end, start + LOOKED_AT_BYTES);
  const bytes =
    message.bytes?.subarray(start, stop) ?? (await storage.readAll(message.facts!.emailId, start, stop));
  return shorten(textOf(part, bytes, stop === end));
}

/** The first text that is meant to be read at once. */
function partToShow(structure: MessageStructure): PartStructure | undefined {
  return textParts(structure).find(
    ({ subtype, disposition }) =>
      (subtype === 'plain' || subtype === 'html') && disposition?.type !== 'attachment',
  );
}

function textOf(part: PartStructure, bytes: Buffer, whole: boolean): string {
  const reader = new TextReader(part, decodeRareCharset);
  const text = reader.write(bytes) + (whole ? reader.end() : '');
  if (part.subtype !== 'html') return withoutQuotes(text);
  const html = new HtmlText();
  return html.write(text) + html.end();
}

/** An answer begins with what it answers: the reader wants what is new. */
function withoutQuotes(text: string): string {
  const own = text.split('\n').filter((line) => !line.startsWith('>'));
  return own.some((line) => line.trim() !== '') ? own.join('\n') : text;
}

function shorten(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
    .trim()
    .toWellFormed();
  const characters = [...line.slice(0, 2 * MAX_CHARACTERS)];
  return characters.slice(0, MAX_CHARACTERS).join('').trimEnd();
}
