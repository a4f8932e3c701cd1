import type { EmailId } from '../../../../shared/mailbox/types.ts';
import { type TransferDecoder, transferDecoder } from '../../../../shared/message/transfer-encoding.ts';
import type { MessageStorage } from '../../../../shared/storage/port.ts';
import type { BlobRef, Slice } from './blob-id.ts';

export class BlobTooLarge extends Error {}

/** The blob's bytes from `start` to `end`, in pieces. What a decoder makes before `start` is passed over. */
export async function* readBlob(
  storage: MessageStorage,
  { emailId, slices }: BlobRef,
  start = 0,
  end = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Buffer> {
  const [first, ...rest] = slices;
  if (first === undefined) {
    yield* storage.read(emailId, start, end);
    return;
  }
  if (rest.length === 0 && !isEncoded(first)) {
    yield* storage.read(emailId, first.start + start, Math.min(first.end, first.start + end));
    return;
  }
  let bytes: AsyncIterable<Buffer> = decoded(storage.read(emailId, first.start, first.end), first.encoding);
  for (const slice of rest) bytes = decoded(range(bytes, slice.start, slice.end), slice.encoding);
  yield* range(bytes, start, end);
}

/** All of it. Throws `BlobTooLarge` above `limit` bytes. */
export async function readWholeBlob(storage: MessageStorage, ref: BlobRef, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of readBlob(storage, ref)) {
    bytes += piece.length;
    if (bytes > limit) throw new BlobTooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

/** Bytes of the blob; undefined: it is not in storage. What is encoded has to be decoded for it. */
export async function blobSize(storage: MessageStorage, ref: BlobRef, stored: number): Promise<number> {
  const [first, ...rest] = ref.slices;
  if (first === undefined) return stored;
  if (rest.length === 0 && !isEncoded(first)) return Math.max(0, Math.min(first.end, stored) - first.start);
  let bytes = 0;
  for await (const piece of readBlob(storage, ref)) bytes += piece.length;
  return bytes;
}

export const isEncoded = ({ encoding }: Pick<Slice, 'encoding'>): boolean =>
  encoding === 'base64' || encoding === 'quoted-printable';

async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  if (!isEncoded({ encoding })) {
    yield* bytes;
    return;
  }
  const decoder: TransferDecoder = transferDecoder(encoding);
  for await (const piece of bytes) yield decoder.write(piece);
  yield decoder.end();
}

async function* range(bytes: AsyncIterable<Buffer>, start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of bytes) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, end - at);
    if (from < to) yield piece.subarray(from, to);
    at += piece.length;
    if (at >= end) return;
  }
}

export type { EmailId };
