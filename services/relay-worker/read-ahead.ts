import type { RemoteEntry } from '../../shared/spool/remote.ts';
import { CHUNK_BYTES, type MessageStorage } from '../../shared/storage/port.ts';

/** Messages of one read: a query for each was a third of what relaying cost the database. */
const MAX_MESSAGES = 16;
/** Bytes of one read, beyond the message that is asked for. */
const MAX_READ_BYTES = 262_144;
/** Bytes kept over all destinations; those read first are let go first, and read again when their turn comes. */
const MAX_KEPT_BYTES = 8_388_608;

/** Reads small messages together with those that go out next. */
export class ReadAhead {
  readonly #storage: Pick<MessageStorage, 'readMany'>;
  /** Read, or being read, and not yet taken; in the order of reading. */
  readonly #kept = new Map<string, { readonly size: number; readonly bytes: Promise<Buffer | undefined> }>();
  #keptBytes = 0;

  constructor(storage: Pick<MessageStorage, 'readMany'>) {
    this.#storage = storage;
  }

  /** The message, once; undefined when it does not lie in one row. `upcoming`: what this destination sends next. */
  async take(entry: RemoteEntry, upcoming: readonly RemoteEntry[]): Promise<Buffer | undefined> {
    if (entry.size > CHUNK_BYTES) return undefined;
    const known = this.#kept.get(entry.emailId);
    if (known !== undefined) {
      this.#drop(entry.emailId);
      return known.bytes;
    }
    const next = this.#worthReading(upcoming, entry);
    const read = this.#storage.readMany([entry.emailId, ...next.map(({ emailId }) => emailId)]);
    for (const { emailId, size } of next) this.#keep(emailId, size, read);
    return (await read).get(entry.emailId);
  }

  #worthReading(upcoming: readonly RemoteEntry[], first: RemoteEntry): RemoteEntry[] {
    const next = new Map<string, RemoteEntry>();
    let bytes = 0;
    for (const entry of upcoming) {
      if (next.size >= MAX_MESSAGES - 1) break;
      const known =
        entry.emailId === first.emailId || this.#kept.has(entry.emailId) || next.has(entry.emailId);
      if (known || bytes + entry.size > MAX_READ_BYTES) continue;
      next.set(entry.emailId, entry);
      bytes += entry.size;
    }
    return [...next.values()];
  }

  #keep(emailId: string, size: number, read: Promise<Map<string, Buffer>>): void {
    // A failed read is forgotten, so that whoever needs the message asks for itself.
    const bytes = read.then(
      (found) => found.get(emailId),
      () => undefined,
    );
    this.#kept.set(emailId, { size, bytes });
    this.#keptBytes += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(emailId: string): void {
    this.#keptBytes -= this.#kept.get(emailId)?.size ?? 0;
    this.#kept.delete(emailId);
  }
}
