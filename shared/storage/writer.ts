import type { Database } from '../database/port.ts';
import type { EmailId } from '../mailbox/types.ts';
import { StructureParser } from '../message/parser.ts';
import { shiftStructure } from '../message/shift-structure.ts';
import { checksum } from './checksum.ts';
import { CHUNK_BYTES, MAX_PREFIX_BYTES, type MessageWriter, type StagedMessage } from './port.ts';
import { checkStaged } from './staged-too-long.ts';

/** Kept free in front of the first chunk, so that it need not be copied for a prefix of the usual length. */
const HEADROOM_BYTES = 4_096;
const NOTHING = new Uint8Array(0);

/**
 * Takes a message as it streams in. At most three chunks of it stand in memory: the first, which is written last, one that gathers, and
 * one that is written. A message of up to CHUNK_BYTES touches the database only in the commit that accepts it.
 */
export function createMessageWriter(database: Database, emailId: EmailId): MessageWriter {
  const parser = new StructureParser();
  let pieces: Uint8Array[] = [];
  let buffered = 0;
  let size = 0;
  /** The first chunk of a large message, behind its headroom. */
  let first: Buffer | undefined;
  let nextChunk = 1;

  /** The chunk on its way to the database: the next one gathers meanwhile. */
  let writing: Promise<unknown> = Promise.resolve();

  /** Resolves when the chunk before this one is written; rejects when it could not be. */
  async function writeChunk(chunkNo: number, bytes: Uint8Array): Promise<void> {
    await writing;
    writing = database.prepared(
      'write_chunk',
      'insert into message_chunk (email_id, chunk_no, bytes, crc32) values ($1, $2, $3, $4) on conflict do nothing',
      [emailId, chunkNo, bytes, checksum(bytes)],
    );
    // Whoever waits for it next hears of its failure.
    writing.catch(() => undefined);
  }

  async function writeFullChunks(): Promise<void> {
    let bytes = Buffer.concat(pieces, buffered);
    while (bytes.length > CHUNK_BYTES) {
      checkStaged(emailId, database.now());
      const chunk = bytes.subarray(0, CHUNK_BYTES);
      bytes = bytes.subarray(CHUNK_BYTES);
      pieces = [Buffer.from(bytes)];
      buffered = bytes.length;
      if (first === undefined) {
        first = Buffer.allocUnsafeSlow(HEADROOM_BYTES + CHUNK_BYTES);
        chunk.copy(first, HEADROOM_BYTES);
      } else await writeChunk(nextChunk++, chunk);
    }
  }

  return {
    emailId,

    async write(chunk) {
      parser.write(chunk);
      pieces.push(kept(chunk));
      buffered += chunk.length;
      size += chunk.length;
      if (buffered > CHUNK_BYTES) await writeFullChunks();
    },

    async finish(prefix = NOTHING): Promise<StagedMessage> {
      if (prefix.length > MAX_PREFIX_BYTES) throw new RangeError(`a prefix of ${prefix.length} bytes`);
      const structure = shiftStructure(parser.end(), prefix.length);
      size += prefix.length;
      const rest = pieces;
      pieces = [];
      if (first === undefined) {
        const whole = prefix.length === 0 ? rest : [prefix, ...rest];
        const inline = whole.length === 1 ? whole[0]! : Buffer.concat(whole, size);
        return { emailId, size, structure, inline, chunks: 0 };
      }
      checkStaged(emailId, database.now());
      if (buffered > 0) await writeChunk(nextChunk++, Buffer.concat(rest, buffered));
      await writeChunk(0, withPrefix(prefix, first));
      first = undefined;
      await writing;
      return { emailId, size, structure, inline: NOTHING, chunks: nextChunk };
    },

    async abort() {
      pieces = [];
      buffered = 0;
      if (first === undefined && nextChunk === 1) return;
      first = undefined;
      await writing.catch(() => undefined);
      await database.prepared('drop_chunks', 'delete from message_chunk where email_id = $1', [emailId]);
    },
  };
}

function withPrefix(prefix: Uint8Array, first: Buffer): Buffer {
  const start = HEADROOM_BYTES - prefix.length;
  if (start < 0) return Buffer.concat([prefix, first.subarray(HEADROOM_BYTES)]);
  first.set(prefix, start);
  return first.subarray(start);
}

/** A piece that is most of its memory is kept as it is; of a small part of something larger only a copy. */
function kept(piece: Uint8Array): Uint8Array {
  return piece.byteLength * 2 >= piece.buffer.byteLength ? piece : Buffer.from(piece);
}
