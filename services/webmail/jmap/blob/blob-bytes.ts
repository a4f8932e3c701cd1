import type { MessageStorage } from '../../../../shared/storage/port.ts';
import type { FoundBlob } from './find-blob.ts';
import { blobSize, readBlob } from './read-blob.ts';

/** Bytes [start, end) of a blob, whatever it is. */
export async function* blobBytes(
  storage: MessageStorage,
  { ref, content }: FoundBlob,
  start = 0,
  end = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Buffer> {
  if (content === undefined) yield* readBlob(storage, ref, start, end);
  else if (start < content.length) yield content.subarray(start, Math.min(end, content.length));
}

export async function sizeOfBlob(
  storage: MessageStorage,
  { ref, stored, content }: FoundBlob,
): Promise<number> {
  return content?.length ?? (await blobSize(storage, ref, stored));
}
