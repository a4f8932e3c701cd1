import type { MessageStructure, PartStructure } from '../message/structure.ts';
import { TextReader, textParts } from '../message/text.ts';
import { decodeRareCharset } from './charset.ts';
import { HtmlText } from './html-text.ts';

/** RFC 8970 §3.2 recommends so many characters, and forbids more than 256, as RFC 8621 §4.1.4 does. */
const MAX_CHARACTERS = 200;
/** Of the text part so much is looked at; past it is the style sheet of a newsletter that has no text. Bytes. */
export const LOOKED_AT_BYTES = 32_768;

/** The first text that is meant to be read at once. */
export function partToShow(structure: MessageStructure): PartStructure | undefined {
  return textParts(structure).find(
    ({ subtype, disposition }) =>
      (subtype === 'plain' || subtype === 'html') && disposition?.type !== 'attachment',
  );
}

/** The beginning of what the part says, on one line. @param bytes of its body, all when `whole`. */
export function previewOf(part: PartStructure, bytes: Uint8Array, whole: boolean): string {
  return shorten(textOf(part, bytes, whole));
}

function textOf(part: PartStructure, bytes: Uint8Array, whole: boolean): string {
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
