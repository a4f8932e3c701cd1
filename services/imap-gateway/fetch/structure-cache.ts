import type { EmailId } from '../../../shared/mailbox/types.ts';
import type {
  Address,
  EnvelopeStructure,
  MessageStructure,
  PartStructure,
} from '../../../shared/message/structure.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';

/** `structures` takes so many at once. */
const PAGE = 1_000;

interface Entry {
  readonly structure: MessageStructure;
  readonly bytes: number;
}

/** Structures never change, so a copy is always good: kept up to a bound of estimated bytes, least recently used out. */
export class StructureCache {
  readonly #storage: MessageStorage;
  readonly #limit: number;
  readonly #entries = new Map<EmailId, Entry>();
  #bytes = 0;

  constructor(storage: MessageStorage, limitBytes: number) {
    this.#storage = storage;
    this.#limit = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Those of messages that are gone are left out. */
  async get(emailIds: readonly EmailId[]): Promise<Map<EmailId, MessageStructure>> {
    const found = new Map<EmailId, MessageStructure>();
    const missing: EmailId[] = [];
    for (const emailId of new Set(emailIds)) {
      const entry = this.#entries.get(emailId);
      if (entry === undefined) {
        missing.push(emailId);
        continue;
      }
      this.#entries.delete(emailId);
      this.#entries.set(emailId, entry);
      found.set(emailId, entry.structure);
    }
    for (let at = 0; at < missing.length; at += PAGE) {
      for (const [emailId, { structure }] of await this.#storage.structures(missing.slice(at, at + PAGE))) {
        found.set(emailId, structure);
        this.#keep(emailId, structure);
      }
    }
    return found;
  }

  #keep(emailId: EmailId, structure: MessageStructure): void {
    if (this.#entries.has(emailId)) return;
    const bytes = 200 + envelopeBytes(structure.envelope) + partBytes(structure.body);
    if (bytes > this.#limit / 16) return;
    this.#entries.set(emailId, { structure, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#limit) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}

/** About what the objects take in memory: a word a property, a few for each object, a byte a character. */
function partBytes(part: PartStructure): number {
  let bytes = 300;
  for (const { name, value } of part.parameters) bytes += 80 + name.length + value.length;
  for (const { name, value } of part.disposition?.parameters ?? []) bytes += 80 + name.length + value.length;
  bytes += (part.description?.length ?? 0) + (part.contentId?.length ?? 0) + (part.location?.length ?? 0);
  for (const child of part.parts ?? []) bytes += partBytes(child);
  if (part.message !== undefined)
    bytes += envelopeBytes(part.message.envelope) + partBytes(part.message.body);
  return bytes;
}

function envelopeBytes(envelope: EnvelopeStructure): number {
  const { from, sender, replyTo, to, cc, bcc } = envelope;
  let bytes = 200;
  for (const addresses of [from, sender, replyTo, to, cc, bcc]) bytes += addressBytes(addresses);
  for (const text of [envelope.date, envelope.subject, envelope.inReplyTo, envelope.messageId]) {
    bytes += 24 + (text?.length ?? 0);
  }
  return bytes;
}

function addressBytes(addresses: readonly Address[]): number {
  let bytes = 16;
  for (const { name, mailbox, host } of addresses)
    bytes += 130 + (name?.length ?? 0) + (mailbox?.length ?? 0) + (host?.length ?? 0);
  return bytes;
}
