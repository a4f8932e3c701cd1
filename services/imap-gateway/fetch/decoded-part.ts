import { type ByteRange, bodyRange, findPart } from '../../../shared/message/part.ts';
import { transferDecoder } from '../../../shared/message/transfer-encoding.ts';
import type { FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';
import type { Partial } from '../../../shared/protocol/imap/section.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { LoadedMessage } from './message-batch.ts';

/** Content-Transfer-Encodings that can be undone (RFC 2045 §6). */
const KNOWN: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable']);

interface Encoded {
  readonly range: ByteRange;
  readonly encoding: string;
}

/** The whole message, a multipart and a message inside are not encoded (RFC 2045 §6.4). Null: there is no such part. */
function encodedPart(message: LoadedMessage, path: readonly number[]): Encoded | null {
  if (path.length === 0) return { range: { start: 0, end: message.facts!.size }, encoding: 'binary' };
  const part = findPart(message.structure!, path);
  if (part === undefined) return null;
  const leaf = part.parts === undefined && part.message === undefined;
  return { range: bodyRange(part), encoding: leaf ? part.encoding : 'binary' };
}

/** Throws `Refused` (RFC 3516 §4.3) when an item asks for a part whose encoding is not known. */
export function demandKnownEncodings(message: LoadedMessage, items: readonly FetchItem[]): void {
  for (const item of items) {
    if (item.item !== 'BINARY' && item.item !== 'BINARY.SIZE') continue;
    const part = encodedPart(message, item.path);
    if (part !== null && !KNOWN.has(part.encoding)) throw new Refused(REFUSALS.unknownEncoding);
  }
}

/** A part without its Content-Transfer-Encoding, whole or in part. */
export interface DecodedPart {
  /** Bytes. */
  readonly size: number;
  readonly pieces: () => AsyncIterable<Buffer>;
}

/**
 * Its size must be known before its bytes can be sent: what is encoded is read twice, a piece at a time, so that no
 * part ever stands whole in memory.
 */
export async function decodedPart(
  storage: MessageStorage,
  message: LoadedMessage,
  path: readonly number[],
  partial: Partial | null,
): Promise<DecodedPart | null> {
  const part = encodedPart(message, path);
  if (part === null) return null;
  const { offset, count } = partial ?? { offset: 0, count: Number.MAX_SAFE_INTEGER };
  const pieces = (): AsyncIterable<Buffer> => cut(decode(storage, message, part), offset, count);
  let size = 0;
  for await (const piece of pieces()) size += piece.length;
  return { size, pieces };
}

async function* decode(
  storage: MessageStorage,
  message: LoadedMessage,
  { range, encoding }: Encoded,
): AsyncIterable<Buffer> {
  const decoder = transferDecoder(encoding);
  if (message.bytes !== undefined) yield decoder.write(message.bytes.subarray(range.start, range.end));
  else {
    for await (const piece of storage.read(message.facts!.emailId, range.start, range.end))
      yield decoder.write(piece);
  }
  yield decoder.end();
}

async function* cut(pieces: AsyncIterable<Buffer>, offset: number, count: number): AsyncIterable<Buffer> {
  let skip = offset;
  let left = count;
  for await (const piece of pieces) {
    const start = Math.min(skip, piece.length);
    skip -= start;
    const taken = piece.subarray(start, start + left);
    left -= taken.length;
    if (taken.length > 0) yield taken;
    if (left === 0) return;
  }
}
