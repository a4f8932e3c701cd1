import iconv from 'iconv-lite';
import type { DecodeCharset } from '../../../shared/message/charset.ts';

/** The charsets that `TextDecoder` lacks (UTF-7, old DOS and EBCDIC pages, …). */
export const decodeRareCharset: DecodeCharset = (bytes, charset) =>
  iconv.encodingExists(charset)
    ? iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), charset)
    : null;
