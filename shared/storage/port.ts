import type { EmailId } from '../mailbox/types.ts';
import type { MessageStructure } from '../message/structure.ts';

/**
 * Message bytes: immutable, stored once for all mailboxes, in Postgres, chunked.
 * All access to them goes through here, so that an object store can take over.
 */

/** Bytes of one chunk row; what was written up to this size lies in its message row alone. The first one is longer by the prefix. */
export const CHUNK_BYTES = 262_144;
/** Fields that are known only when the content is. */
export const MAX_PREFIX_BYTES = 131_072;

/** A message on its way in. Nothing refers to it until an accept or append names its emailId; unreferenced bytes are collected after a day. */
export interface MessageWriter {
  readonly emailId: EmailId;
  /**
   * Buffers up to CHUNK_BYTES, writes full chunks; resolves when the bytes are taken (back-pressure). The bytes are the writer's
   * from then on: they must not be changed. Throws `StagedTooLong` after 12 hours.
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Parses what is left and puts `prefix`, whole header fields of at most MAX_PREFIX_BYTES, in front of what was written;
   * the message is complete in memory (small) or in storage (large). Throws RangeError.
   */
  finish(prefix?: Uint8Array): Promise<StagedMessage>;
  /** Forgets the message and its chunks. */
  abort(): Promise<void>;
}

/** Complete and not yet committed: `inline` holds the bytes that the commit will write with the message row. */
export interface StagedMessage {
  readonly emailId: EmailId;
  readonly size: number;
  readonly structure: MessageStructure;
  /** The bytes not yet written: all of a small message, nothing of a large one. */
  readonly inline: Uint8Array;
  /** Chunk rows already written. */
  readonly chunks: number;
}

export interface StoredMessage {
  readonly emailId: EmailId;
  readonly size: number;
  readonly structure: MessageStructure;
}

export interface MessageStorage {
  /** Starts a message. `receivedAt` in Unix milliseconds. */
  create(): MessageWriter;
  /** Commits a staged message by itself (APPEND): afterwards it can be named in `append`. Group-committed. */
  commit(message: StagedMessage): Promise<void>;
  /** Structures of up to 1,000 messages; missing ones are left out. */
  structures(emailIds: readonly EmailId[]): Promise<Map<EmailId, StoredMessage>>;
  /** Bytes [start, end) in pieces of at most CHUNK_BYTES + MAX_PREFIX_BYTES. `end` may be past the size. Rows read whole are checked. Throws `MessageMissing`, `MessageDamaged`. */
  read(emailId: EmailId, start: number, end: number): AsyncIterable<Buffer>;
  /** The whole range at once; throws RangeError when more than `limit` bytes (default 1 MiB). */
  readAll(emailId: EmailId, start: number, end: number, limit?: number): Promise<Buffer>;
  /** Whole small messages in one query, for pipelined reads; larger ones and damaged ones are left out. */
  readMany(emailIds: readonly EmailId[]): Promise<Map<EmailId, Buffer>>;
}

export class MessageMissing extends Error {
  constructor(emailId: string) {
    super(`message ${emailId} is not in storage`);
    this.name = 'MessageMissing';
  }
}

/** The bytes are not those that were stored. */
export class MessageDamaged extends Error {
  constructor(emailId: string) {
    super(`message ${emailId} does not match its checksum`);
    this.name = 'MessageDamaged';
  }
}
