import type { EmailId } from '../../shared/mailbox/types.ts';
import { CHUNK_BYTES, type MessageStorage } from '../../shared/storage/port.ts';
import { READ_AHEAD_MESSAGES, READ_AHEAD_OCTETS } from './limits.ts';
import type { Maildrop, MaildropMessage } from './maildrop.ts';

/**
 * The bytes of the maildrop's messages. A client that retrieves one after the other gets small ones from
 * a few read ahead in one query; anything else is streamed.
 */
export class MessageBytes {
  readonly #storage: MessageStorage;
  readonly #maildrop: Maildrop;
  #ahead: Map<EmailId, Buffer> = new Map();
  #last = 0;

  constructor(storage: MessageStorage, maildrop: Maildrop) {
    this.#storage = storage;
    this.#maildrop = maildrop;
  }

  /** The message in pieces of at most CHUNK_BYTES. Throws `MessageMissing`. */
  async *read(message: MaildropMessage): AsyncIterable<Uint8Array> {
    const bytes = await this.#small(message);
    if (bytes !== undefined) yield bytes;
    else yield* this.#storage.read(message.emailId, 0, message.size);
  }

  async #small(message: MaildropMessage): Promise<Buffer | undefined> {
    if (message.size > CHUNK_BYTES) return undefined;
    if (!this.#ahead.has(message.emailId)) {
      const inOrder = message.number === this.#last + 1;
      this.#ahead = await this.#storage.readMany(inOrder ? this.#following(message) : [message.emailId]);
    }
    this.#last = message.number;
    const bytes = this.#ahead.get(message.emailId);
    this.#ahead.delete(message.emailId);
    return bytes;
  }

  #following(first: MaildropMessage): EmailId[] {
    const emailIds = [first.emailId];
    let octets = first.size;
    for (let number = first.number + 1; emailIds.length < READ_AHEAD_MESSAGES; number++) {
      const message = this.#maildrop.message(number);
      if (message === undefined) break;
      octets += message.size;
      if (octets > READ_AHEAD_OCTETS) break;
      emailIds.push(message.emailId);
    }
    return emailIds;
  }
}
