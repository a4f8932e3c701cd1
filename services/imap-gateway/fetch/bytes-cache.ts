import type { EmailId } from '../../../shared/mailbox/types.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';

/** Larger messages are not kept: one would push out hundreds. Bytes. */
const MAX_KEPT = 131_072;
/** More at once are a sweep over a mailbox: kept, they would only push out what is asked for again. */
const MAX_KEPT_REQUEST = 20;

/** Bytes of small messages, which never change, up to a bound; the least recently asked for make room. */
export class BytesCache {
  readonly #storage: MessageStorage;
  readonly #limit: number;
  readonly #messages = new Map<EmailId, Buffer>();
  #bytes = 0;

  constructor(storage: MessageStorage, limitBytes: number) {
    this.#storage = storage;
    this.#limit = limitBytes;
  }

  /** Those that are gone, or are in chunks, are left out. */
  async get(emailIds: readonly EmailId[]): Promise<ReadonlyMap<EmailId, Buffer>> {
    const found = new Map<EmailId, Buffer>();
    const missing: EmailId[] = [];
    for (const emailId of emailIds) {
      const bytes = this.#messages.get(emailId);
      if (bytes === undefined) {
        missing.push(emailId);
        continue;
      }
      this.#messages.delete(emailId);
      this.#messages.set(emailId, bytes);
      found.set(emailId, bytes);
    }
    if (missing.length === 0) return found;
    for (const [emailId, bytes] of await this.#storage.readMany(missing)) {
      found.set(emailId, bytes);
      if (missing.length <= MAX_KEPT_REQUEST && bytes.length <= MAX_KEPT) this.#keep(emailId, bytes);
    }
    return found;
  }

  #keep(emailId: EmailId, bytes: Buffer): void {
    if (this.#messages.has(emailId)) return;
    this.#messages.set(emailId, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, kept] of this.#messages) {
      if (this.#bytes <= this.#limit) break;
      this.#messages.delete(oldest);
      this.#bytes -= kept.length;
    }
  }
}
