import { GroupCommit } from '../actor/group-commit.ts';
import type { Database } from '../database/port.ts';
import { emailIdOf, makeEmailId } from '../mailbox/email-id.ts';
import type { EmailId } from '../mailbox/types.ts';
import type { MessageStructure } from '../message/structure.ts';
import { isDamaged, verify } from './checksum.ts';
import { insertMessagesSql, messageParameters } from './insert.ts';
import {
  CHUNK_BYTES,
  MessageMissing,
  type MessageStorage,
  type StagedMessage,
  type StoredMessage,
} from './port.ts';
import { checkStaged } from './staged-too-long.ts';
import { createMessageWriter } from './writer.ts';

/** Bytes that `readAll` hands over at once unless told otherwise. */
const READ_ALL_LIMIT = 1_048_576;
/** Messages of one APPEND commit; few, as their bytes travel in it. */
const COMMIT_ITEMS = 32;
const COMMIT_BYTES = 4_194_304;
const MAX_WAITING = 1_000;

interface MessageRow {
  email_id: string;
  size: number;
  structure: Buffer;
}

/** Where the bytes are: `first` is the length of chunk 0, null when there is none. */
interface Layout {
  size: number;
  chunks: number;
  first: number | null;
}

/** The storage in Postgres: small messages in their row, larger ones in chunks of CHUNK_BYTES. */
export function createMessageStorage(database: Database): MessageStorage {
  const commits = new GroupCommit<StagedMessage, void>({
    commit: async (messages) => {
      const text = `${insertMessagesSql(1)} on conflict (email_id) do nothing`;
      await database.prepared('store', text, messageParameters(messages, database.now()));
      return messages.map(() => undefined);
    },
    maxItems: COMMIT_ITEMS,
    maxWeight: COMMIT_BYTES,
    weigh: (message) => message.inline.length + 1_024,
    concurrency: 2,
    maxWaiting: MAX_WAITING,
  });

  async function layout(emailId: EmailId): Promise<Layout> {
    const [found] = await database.prepared<Layout>(
      'message_layout',
      `select size, chunks, case when chunks > 0 then (select octet_length(c.bytes) from message_chunk c
         where c.email_id = m.email_id and c.chunk_no = 0) end as first from message m where email_id = $1`,
      [emailId],
    );
    if (found === undefined) throw new MessageMissing(emailId);
    return found;
  }

  async function* read(emailId: EmailId, start: number, end: number): AsyncIterable<Buffer> {
    const { size, chunks, first } = await layout(emailId);
    const stop = Math.min(end, size);
    if (start >= stop) return;
    if (chunks === 0) {
      yield await slice(
        'message_slice',
        `select substring(inline from $2::int for $3::int) as bytes,
          case when $2 = 1 and $3 >= octet_length(inline) then crc32 end as crc32 from message where email_id = $1`,
        [emailId, start + 1, stop - start],
      );
      return;
    }
    if (first === null) throw new MessageMissing(emailId);
    for (let chunk = chunkAt(start, first); chunkStart(chunk, first) < stop; chunk++) {
      const base = chunkStart(chunk, first);
      const from = Math.max(start, base) - base;
      const to = Math.min(stop, chunkStart(chunk + 1, first)) - base;
      yield await slice(
        'chunk_slice',
        `select substring(bytes from $3::int for $4::int) as bytes,
          case when $3 = 1 and $4 >= octet_length(bytes) then crc32 end as crc32
         from message_chunk where email_id = $1 and chunk_no = $2`,
        [emailId, chunk, from + 1, to - from],
      );
    }
  }

  async function slice(name: string, text: string, parameters: unknown[]): Promise<Buffer> {
    const [found] = await database.prepared<{ bytes: Buffer; crc32: number | null }>(name, text, parameters);
    if (found === undefined) throw new MessageMissing(String(parameters[0]));
    verify(String(parameters[0]), found.bytes, found.crc32);
    return found.bytes;
  }

  return {
    create: () => createMessageWriter(database, makeEmailId(database.now())),
    async commit(message) {
      // Between this commit and the append nothing names it: it must be too young for the collector.
      checkStaged(message.emailId, database.now());
      await commits.add(message);
    },

    async structures(emailIds) {
      const rows = await database.prepared<MessageRow>(
        'message_structures',
        'select email_id, size, structure from message where email_id = any($1::uuid[])',
        [emailIds],
      );
      const found = new Map<EmailId, StoredMessage>();
      for (const { email_id, size, structure } of rows) {
        const emailId = emailIdOf(email_id);
        found.set(emailId, {
          emailId,
          size,
          structure: JSON.parse(structure.toString('utf8')) as MessageStructure,
        });
      }
      return found;
    },

    read,

    async readAll(emailId, start, end, limit = READ_ALL_LIMIT) {
      const pieces: Buffer[] = [];
      let bytes = 0;
      for await (const piece of read(emailId, start, end)) {
        bytes += piece.length;
        if (bytes > limit) throw new RangeError(`more than ${limit} bytes asked of message ${emailId}`);
        pieces.push(piece);
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    },

    async readMany(emailIds) {
      const rows = await database.prepared<{ email_id: string; inline: Buffer; crc32: number | null }>(
        'message_many',
        'select email_id, inline, crc32 from message where email_id = any($1::uuid[]) and chunks = 0',
        [emailIds],
      );
      return new Map(
        rows
          .filter((found) => !isDamaged(found.inline, found.crc32))
          .map((found) => [emailIdOf(found.email_id), found.inline]),
      );
    },
  };
}

/** Offset of a chunk; chunk 0 has `first` bytes, all but the last one of the others CHUNK_BYTES. */
function chunkStart(chunk: number, first: number): number {
  return chunk === 0 ? 0 : first + (chunk - 1) * CHUNK_BYTES;
}

function chunkAt(offset: number, first: number): number {
  return offset < first ? 0 : 1 + Math.floor((offset - first) / CHUNK_BYTES);
}
