import { type DecodeCharset, decodeRaw, decodeCharset as standardCharsets } from './charset.ts';
import { decodeWords } from './encoded-word.ts';
import type { Parameter } from './structure.ts';

/** Parameter values as text (RFC 2231 §4); the structure holds them as sent, its continuations already joined. */

/**
 * The parameter's text: that of "name*" (charset'language'percent-encoded) before that of "name", in which RFC 2047
 * words are decoded too, against the standard and as everyone does. Null when there is neither.
 */
export function parameterText(
  parameters: readonly Parameter[],
  name: string,
  decodeCharset: DecodeCharset = standardCharsets,
): string | null {
  const wanted = name.toLowerCase();
  const extended = parameters.find((each) => each.name === `${wanted}*`);
  if (extended !== undefined) return decodeExtended(extended.value, decodeCharset);
  const plain = parameters.find((each) => each.name === wanted);
  return plain === undefined ? null : decodeWords(plain.value, decodeCharset);
}

/** "UTF-8'en'%E2%82%AC" → "€". Without the two quotes, or in an unknown charset, it is read as raw bytes. */
export function decodeExtended(value: string, decodeCharset: DecodeCharset = standardCharsets): string {
  const match = /^([^']*)'[^']*'/.exec(value);
  const encoded = match === null ? value : value.slice(match[0].length);
  const binary = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const charset = match?.[1] ?? '';
  if (charset === '') return decodeRaw(binary);
  return decodeCharset(Buffer.from(binary, 'latin1'), charset) ?? decodeRaw(binary);
}
