import iconv from 'iconv-lite';
import type { DecodeCharset } from '../message/charset.ts';

/** The charsets that `TextDecoder` lacks (UTF-7, old DOS and EBCDIC pages, …). */
export const decodeRareCharset: DecodeCharset = (bytes, charset) =>
  iconv.encodingExists(charset)
    ? iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), charset)
    : null;

/** What BADCHARSET tells: by their MIME names, those in use. SEARCH takes their aliases too, and many that are rarer. */
export const WELL_KNOWN_CHARSETS: readonly string[] = [
  'US-ASCII',
  'UTF-8',
  ...[1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].map((part) => `ISO-8859-${part}`),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((page) => `WINDOWS-125${page}`),
  'KOI8-R',
  'KOI8-U',
  'SHIFT_JIS',
  'EUC-JP',
  'ISO-2022-JP',
  'EUC-KR',
  'GB2312',
  'GBK',
  'GB18030',
  'BIG5',
  'UTF-7',
];
