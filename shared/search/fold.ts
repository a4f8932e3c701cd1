import { decodeCharset } from '../message/charset.ts';
import { decodeWords } from '../message/encoded-word.ts';
import { decodeRareCharset } from './charset.ts';

/**
 * How strings are compared: as i;unicode-casemap has it (RFC 5051), which RFC 5255 §4.2 asks of I18NLEVEL=1. Equal
 * under that collation is equal here; here it ends in small letters, so that ASCII, most of all text, is
 * folded by one call. Decomposed: however a letter with accents was written, it is the same.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (!NOT_ASCII.test(lower)) return lower;
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(ONE_CAPITAL, (letter) => SMALL[letter]!);
}

const NOT_ASCII = /[^\0-\x7f]/;

/** Letters whose capital is that of another small letter (old Cyrillic forms, iota subscript, …). */
const SMALL: Readonly<Record<string, string>> = {
  ı: 'i',
  ς: 'σ',
  '\u0345': 'ι',
  '\u1c80': 'в',
  '\u1c81': 'д',
  '\u1c82': 'о',
  '\u1c83': 'с',
  '\u1c84': 'т',
  '\u1c85': 'т',
  '\u1c86': 'ъ',
  '\u1c87': 'ѣ',
  '\u1c88': 'ꙋ',
};
const ONE_CAPITAL = new RegExp(Object.keys(SMALL).join('|'), 'g');

/** A header field's value, encoded words decoded (RFC 2047). @param value unfolded, latin1. */
export function foldField(value: string): string {
  return fold(decodeField(value));
}

export function decodeField(value: string): string {
  return decodeWords(value, decodeAnyCharset);
}

export function decodeAnyCharset(bytes: Uint8Array, charset: string): string | null {
  return decodeCharset(bytes, charset) ?? decodeRareCharset(bytes, charset);
}
