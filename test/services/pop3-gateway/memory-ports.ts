import type { Account, AccountDirectory } from '../../../shared/account/port.ts';
import type {
  MailboxClient,
  MailboxReply,
  MailboxRequest,
  MailboxVerb,
} from '../../../shared/mailbox/operations.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import { createLogger } from '../../../shared/runtime/log.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { CHUNK_BYTES, MessageMissing, type MessageStorage } from '../../../shared/storage/port.ts';

/** One account's INBOX in memory: just what a POP3 session asks of its ports. */
export class MemoryInbox {
  readonly messages: { uid: number; emailId: EmailId; bytes: Buffer }[] = [];
  readonly asked: MailboxVerb[] = [];
  /** Called before each request; may throw `MailboxUnavailable`. */
  before: (verb: MailboxVerb) => void = () => undefined;
  holder: string | undefined;
  #uidNext = 1;

  add(bytes: string | Buffer): void {
    const uid = this.#uidNext++;
    const emailId = uid.toString(16).padStart(32, '0') as EmailId;
    this.messages.push({ uid, emailId, bytes: Buffer.from(bytes as string, 'latin1') });
  }

  readonly storage = {
    read: (emailId: EmailId, start: number, end: number) => this.#read(emailId, start, end),
    readMany: async (emailIds: readonly EmailId[]) =>
      new Map(
        this.messages
          .filter(({ emailId, bytes }) => emailIds.includes(emailId) && bytes.length <= CHUNK_BYTES)
          .map(({ emailId, bytes }) => [emailId, bytes]),
      ),
  } as unknown as MessageStorage;

  async *#read(emailId: EmailId, start: number, end: number): AsyncIterable<Buffer> {
    const found = this.messages.find((message) => message.emailId === emailId);
    if (found === undefined) throw new MessageMissing(emailId);
    const bytes = found.bytes.subarray(start, end);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  }

  readonly client: MailboxClient = {
    ask: async <V extends MailboxVerb>(verb: V, request: MailboxRequest<V>) => {
      this.asked.push(verb);
      this.before(verb);
      return this.#answer(verb, request) as MailboxReply<V>;
    },
    watch: async () => () => undefined,
  };

  #answer(verb: MailboxVerb, request: object): object {
    const { session, uids } = request as { session: string; uids: string };
    if (verb === 'lockMaildrop') {
      if (this.holder !== undefined && this.holder !== session) return { refused: 'in-use', text: 'in use' };
      this.holder = session;
      return { mailboxId: '1' };
    }
    if (verb === 'unlockMaildrop') {
      if (this.holder === session) this.holder = undefined;
      return {};
    }
    if (verb === 'status') return { uidValidity: 77 };
    if (verb === 'facts') return this.#facts(uids);
    if (verb === 'expunge') return this.#expunge(uids);
    throw new Error(`not asked by POP3: ${verb}`);
  }

  /** Pages of two, so that paging is seen to work. */
  #facts(uids: string): object {
    const first = Number(uids.split(':')[0]);
    const found = this.messages.filter(({ uid }) => uid >= first);
    const facts = found.slice(0, 2).map(({ uid, emailId, bytes }) => ({ uid, emailId, size: bytes.length }));
    return { facts, more: found.length > facts.length };
  }

  #expunge(uids: string): object {
    const doomed = uids.split(',').map((run) => run.split(':').map(Number));
    const kept = this.messages.filter(
      ({ uid }) => !doomed.some(([low = 0, high = low]) => uid >= low && uid <= high),
    );
    this.messages.splice(0, this.messages.length, ...kept);
    return { expunged: uids, modSeq: 1 };
  }
}

export const ALICE: Account = {
  accountId: '1',
  address: 'alice@example.test',
  enabled: true,
  quotaBytes: null,
  quotaMessages: null,
};

export function memoryPorts(inbox: MemoryInbox): Ports {
  const accounts = {
    authenticate: async (address: string, password: string) =>
      address === ALICE.address && password === 'open sesame' ? ALICE : undefined,
  } as unknown as AccountDirectory;
  return {
    accounts,
    mailboxes: inbox.client,
    storage: inbox.storage,
    log: createLogger({ logLevel: 'silent', replicaName: 'test' }, 'pop3-gateway'),
    metrics: createMetrics(),
    database: { connected: true },
    bus: { connected: true, subscribe: async () => ({ unsubscribe: async () => undefined }) },
    sessions: { put: async () => undefined, remove: async () => undefined },
    tracing: { span: (_name: string, _options: object, work: (span: object) => unknown) => work({}) },
  } as unknown as Ports;
}
