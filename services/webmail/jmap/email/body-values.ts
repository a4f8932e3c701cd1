import { newDecoder } from '../../../../shared/message/charset.ts';
import type { PartStructure } from '../../../../shared/message/structure.ts';
import { charsetOf } from '../../../../shared/message/text.ts';
import { transferDecoder } from '../../../../shared/message/transfer-encoding.ts';
import { decodeRareCharset } from '../../../../shared/search/charset.ts';
import type { JsonObject } from '../method.ts';
import { type EmailSource, MAX_READ_BYTES } from './email-source.ts';

/** An EmailBodyValue (RFC 8621 §4.1.4). @param maxBytes 0: as much as there is, within our own limit. */
export async function bodyValue(
  source: EmailSource,
  part: PartStructure,
  maxBytes: number,
): Promise<JsonObject> {
  const bytes = await source.read(part.bodyStart, part.bodyEnd);
  const cut = part.bodyEnd - part.bodyStart > MAX_READ_BYTES;
  const { text, broken } = decode(part, bytes);
  const whole = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll('\0', '\ufffd');
  const value = truncate(whole, maxBytes, part.subtype === 'html');
  return { value, isEncodingProblem: broken, isTruncated: cut || value.length < whole.length };
}

const KNOWN_ENCODINGS = new Set(['', '7bit', '8bit', 'binary', 'base64', 'quoted-printable']);

function decode(part: PartStructure, bytes: Buffer): { text: string; broken: boolean } {
  const decoder = transferDecoder(part.encoding);
  const raw = Buffer.concat([decoder.write(bytes), decoder.end()]);
  const unknownEncoding = !KNOWN_ENCODINGS.has(part.encoding);
  const charset = charsetOf(part);
  // Bytes of eight bits without a charset are nearly always UTF-8.
  const reader = newDecoder(charset === 'us-ascii' ? 'utf-8' : charset);
  const text = reader?.decode(raw) ?? decodeRareCharset(raw, charset);
  if (text === null) return { text: raw.toString('latin1'), broken: true };
  return { text, broken: unknownEncoding || (text.includes('\ufffd') && !raw.includes('\ufffd')) };
}

/** To at most so many bytes of UTF-8, never within a character, nor within a tag of HTML (RFC 8621 §4.2). */
function truncate(text: string, maxBytes: number, html: boolean): string {
  if (maxBytes === 0 || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  const kept = bytes.toString('utf8', 0, end);
  const open = html ? kept.lastIndexOf('<') : -1;
  return open > kept.lastIndexOf('>') ? kept.slice(0, open) : kept;
}
