import type { MessageStructure, PartStructure } from '../../../../shared/message/structure.ts';
import type { MessageStorage } from '../../../../shared/storage/port.ts';
import { type BlobRef, blobId } from '../blob/blob-id.ts';
import { readBlob } from '../blob/read-blob.ts';

/** A message that is shown: one that is stored, or one in a blob. */
export interface EmailSource {
  readonly structure: MessageStructure;
  /** Bytes [start, end) of the message, at most `limit`. */
  read(start: number, end: number): Promise<Buffer>;
  partBlobId(part: PartStructure): string;
  readonly blobId: string;
}

/** Bytes of one header or one text that are read. */
export const MAX_READ_BYTES = 5_000_000;

/** @param bytes the whole message, where it is at hand. */
export function emailSource(
  storage: MessageStorage,
  ref: BlobRef,
  structure: MessageStructure,
  bytes?: Buffer,
): EmailSource {
  return {
    structure,
    blobId: blobId(ref),
    async read(start, end) {
      const stop = Math.min(end, start + MAX_READ_BYTES);
      if (bytes !== undefined) return bytes.subarray(start, stop);
      const pieces: Buffer[] = [];
      for await (const piece of readBlob(storage, ref, start, stop)) pieces.push(piece);
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    },
    partBlobId: ({ bodyStart: start, bodyEnd: end, encoding }) =>
      blobId({ emailId: ref.emailId, slices: [...ref.slices, { start, end, encoding }] }),
  };
}
