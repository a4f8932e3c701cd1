import { type DecodeCharset, decodeRaw, decodeCharset as standardCharsets } from './charset.ts';

/** Non-ASCII text in header fields: encoded words (RFC 2047, language tags of RFC 2231 §5). */

/** No "?" inside, so that a search from one word's start never runs past the next: linear. */
const WORD = /=\?([^?\s*]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?\r\n]*)\?=/g;
/** RFC 2047 §2. */
const MAX_WORD = 75;

interface Run {
  charset: string;
  encoding: string;
  texts: string[];
  /** As it was written, for a charset that nobody knows. */
  raw: string;
}

/**
 * The text of an unfolded field value. @param value latin1, as in the structure; raw 8-bit bytes are read as UTF-8
 * where they are that. Words of an unknown charset stay as they are. Neighbouring words of one charset are decoded
 * together, since broken mailers cut characters in two.
 */
export function decodeWords(value: string, decodeCharset: DecodeCharset = standardCharsets): string {
  if (!value.includes('=?')) return decodeRaw(value);
  let text = '';
  let from = 0;
  let run: Run | null = null;
  const flush = () => {
    if (run !== null) text += decodeRun(run, decodeCharset);
    run = null;
  };
  for (const match of value.matchAll(WORD)) {
    const between = value.slice(from, match.index);
    const blank = /^[ \t\r\n]*$/.test(between);
    const charset = match[1]!.toLowerCase();
    const encoding = match[2]!.toLowerCase();
    const open: Run | null = run as Run | null;
    if (open !== null && blank && open.charset === charset && open.encoding === encoding) {
      open.texts.push(match[3]!);
      open.raw += between + match[0];
    } else {
      const afterWord = open !== null;
      flush();
      // White space between two encoded words is not shown (RFC 2047 §6.2).
      if (!(afterWord && blank)) text += decodeRaw(between);
      run = { charset, encoding, texts: [match[3]!], raw: match[0] };
    }
    from = match.index + match[0].length;
  }
  flush();
  return text + decodeRaw(value.slice(from));
}

function decodeRun(run: Run, decodeCharset: DecodeCharset): string {
  const parts = run.texts.map((text) => (run.encoding === 'b' ? Buffer.from(text, 'base64') : decodeQ(text)));
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return decodeCharset(bytes, run.charset) ?? run.raw;
}

function decodeQ(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 95) bytes[length++] = 32;
    else if (code === 61 && HEX_PAIR.test(text.slice(at + 1, at + 3))) {
      bytes[length++] = Number.parseInt(text.slice(at + 1, at + 3), 16);
      at += 2;
    } else bytes[length++] = code;
  }
  return bytes.subarray(0, length);
}

const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;

/**
 * Unstructured text or a phrase for a field: itself when it is printable ASCII that no reader takes for an encoded
 * word, else encoded words of at most 75 characters in UTF-8, one space between them for folding.
 */
export function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  const prefix = '=?UTF-8?Q?';
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    let encoded = '';
    if (/^[A-Za-z0-9!*+\-/]$/.test(character)) encoded = character;
    else if (character === ' ') encoded = '_';
    else
      for (const byte of Buffer.from(character))
        encoded += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (prefix.length + word.length + encoded.length + 2 > MAX_WORD) {
      words.push(`${prefix}${word}?=`);
      word = '';
    }
    word += encoded;
  }
  words.push(`${prefix}${word}?=`);
  return words.join(' ');
}
