/** Charsets: named by mail, decoded by a function that is passed in, so that what is missing here can come from outside. */

/** Text of `bytes` in `charset` (any case, as the mail names it); null when the charset is not known. Never throws. */
export type DecodeCharset = (bytes: Uint8Array, charset: string) => string | null;

/** Longer names are none; keeps the cache of decoders small. */
const MAX_CHARSET_NAME = 40;
const MAX_CACHED = 100;
const decoders = new Map<string, TextDecoder | null>();

/** The charsets of the Encoding Standard (`TextDecoder`); broken bytes become U+FFFD. "us-ascii" and "iso-8859-1" read as windows-1252. */
export const decodeCharset: DecodeCharset = (bytes, charset) => {
  const name = charset.toLowerCase();
  if (name === 'utf-8' || name === 'utf8')
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return decoderOf(name)?.decode(bytes) ?? null;
};

function decoderOf(name: string): TextDecoder | null {
  const known = decoders.get(name);
  if (known !== undefined) return known;
  const decoder = newDecoder(name);
  if (decoders.size < MAX_CACHED) decoders.set(name, decoder);
  return decoder;
}

/** A decoder of its own, for text that comes in pieces; null when the charset is not known. */
export function newDecoder(charset: string): TextDecoder | null {
  if (charset.length > MAX_CHARSET_NAME) return null;
  try {
    return new TextDecoder(charset, { ignoreBOM: true });
  } catch {
    return null;
  }
}

/**
 * Raw 8-bit bytes of a header, which name no charset: UTF-8 (RFC 6532) when they are that, else windows-1252.
 * @param binary a latin1 string as the structure holds them.
 */
export function decodeRaw(binary: string): string {
  if (!EIGHT_BIT.test(binary)) return binary;
  const bytes = Buffer.from(binary, 'latin1');
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return decodeCharset(bytes, 'windows-1252') ?? binary;
  }
}

const EIGHT_BIT = /[\x80-\xff]/;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
