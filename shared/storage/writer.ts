import type { Database } from '../database/port.ts';
import type { EmailId } from '../mailbox/types.ts';
import { StructureParser } from '../message/parser.ts';
import { checksum } from './checksum.ts';
import { CHUNK_BYTES, type MessageWriter, type StagedMessage } from './port.ts';
import { checkStaged } from './staged-too-long.ts';

/**
 * Takes a message as it streams in. At most two chunks of it stand in memory: one that gathers, one that is written. A message of up to CHUNK_BYTES touches the database only in the commit that accepts it.
 */
export function createMessageWriter(database: Database, emailId: EmailId): MessageWriter {
  const parser = new StructureParser();
  let pieces: Uint8Array[] = [];
  let buffered = 0;
  let size = 0;
  let chunks = 0;

  /** The chunk on its way to the database: the next one gathers meanwhile. */
  let writing: Promise<unknown> = Promise.resolve();

  /** Resolves when the chunk before this one is written; rejects when it could not be. */
  async function writeChunk(bytes: Uint8Array): Promise<void> {
    checkStaged(emailId, database.now());
    await writing;
    writing = database.prepared(
      'write_chunk',
      'insert into message_chunk (email_id, chunk_no, bytes, crc32) values ($1, $2, $3, $4) on conflict do nothing',
      [emailId, chunks, bytes, checksum(bytes)],
    );
    // Whoever waits for it next hears of its failure.
    writing.catch(() => undefined);
    chunks++;
  }

  async function writeFullChunks(): Promise<void> {
    let bytes = Buffer.concat(pieces, buffered);
    while (bytes.length > CHUNK_BYTES) {
      const chunk = bytes.subarray(0, CHUNK_BYTES);
      bytes = bytes.subarray(CHUNK_BYTES);
      pieces = [Buffer.from(bytes)];
      buffered = bytes.length;
      await writeChunk(chunk);
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

    async finish(): Promise<StagedMessage> {
      const structure = parser.end();
      const rest = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, buffered);
      pieces = [];
      if (chunks === 0) return { emailId, size, structure, inline: rest, chunks };
      if (rest.length > 0) await writeChunk(rest);
      await writing;
      return { emailId, size, structure, inline: new Uint8Array(0), chunks };
    },

    async abort() {
      pieces = [];
      buffered = 0;
      if (chunks === 0) return;
      await writing.catch(() => undefined);
      await database.prepared('drop_chunks', 'delete from message_chunk where email_id = $1', [emailId]);
    },
  };
}

/** A piece that is most of its memory is kept as it is; of a small part of something larger only a copy. */
function kept(piece: Uint8Array): Uint8Array {
  return piece.byteLength * 2 >= piece.buffer.byteLength ? piece : Buffer.from(piece);
}
