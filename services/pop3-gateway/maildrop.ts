import {
  isRefusal,
  type MailboxClient,
  type MailboxReply,
  type MailboxRequest,
  type MailboxVerb,
} from '../../shared/mailbox/operations.ts';
import type { AccountId, EmailId, MailboxId } from '../../shared/mailbox/types.ts';
import { formatUidSet } from '../../shared/mailbox/uid-set.ts';
import { MAX_MAILDROP_MESSAGES } from './limits.ts';
import { mailboxRefusal, REFUSALS, Refused } from './refusals.ts';

/** One message as the maildrop shows it. */
export interface MaildropMessage {
  /** Message-number, from 1. */
  readonly number: number;
  readonly emailId: EmailId;
  /** Octets as stored. */
  readonly size: number;
  /** Unique-id, RFC 1939 §7: `<uidvalidity>.<uid>`, the same in every session and never used again. */
  readonly uniqueId: string;
}

/**
 * POP3's view of INBOX: the messages that were there at log-in, under an exclusive lock (RFC 1939 §3).
 * Messages that come later show in the next session; those another client (IMAP) removes keep their number.
 *
 * Sizes are those of the stored bytes. They are what RETR sends as long as each line ends with CRLF, which holds for all
 * mail that came by SMTP. Bytes put there by IMAP APPEND may have lone LFs or an unfinished last line: RETR sends
 * legal lines for them, so that one octet more than listed comes for each lone LF (two for the unfinished line).
 */
export class Maildrop {
  readonly account: AccountId;
  readonly #client: MailboxClient;
  readonly #session: string;
  readonly #mailboxId: MailboxId;
  readonly #uidValidity: number;
  readonly #uids: number[] = [];
  readonly #emailIds: EmailId[] = [];
  readonly #sizes: number[] = [];
  readonly #marked = new Set<number>();
  #octets = 0;
  #markedOctets = 0;

  private constructor(
    client: MailboxClient,
    account: AccountId,
    session: string,
    mailboxId: MailboxId,
    uidValidity: number,
  ) {
    this.#client = client;
    this.account = account;
    this.#session = session;
    this.#mailboxId = mailboxId;
    this.#uidValidity = uidValidity;
  }

  /** Locks and reads the maildrop. Throws `Refused` ([IN-USE]) and `MailboxUnavailable`; then it is not locked. */
  static async open(client: MailboxClient, account: AccountId, session: string): Promise<Maildrop> {
    const { mailboxId } = await demand(client, 'lockMaildrop', { account, session });
    try {
      const { uidValidity } = await demand(client, 'status', { account, name: 'INBOX' });
      const maildrop = new Maildrop(client, account, session, mailboxId, uidValidity);
      await maildrop.#read();
      return maildrop;
    } catch (error) {
      await client.ask('unlockMaildrop', { account, session }).catch(() => undefined);
      throw error;
    }
  }

  /** Message-numbers run from 1 to this. */
  get highest(): number {
    return this.#uids.length;
  }

  /** Messages not marked as deleted. */
  get count(): number {
    return this.#uids.length - this.#marked.size;
  }

  /** Octets of the messages not marked as deleted. */
  get octets(): number {
    return this.#octets - this.#markedOctets;
  }

  /** Undefined: no such message, or marked as deleted. */
  message(number: number): MaildropMessage | undefined {
    const uid = this.#uids[number - 1];
    if (uid === undefined || this.#marked.has(number)) return undefined;
    return {
      number,
      emailId: this.#emailIds[number - 1]!,
      size: this.#sizes[number - 1]!,
      uniqueId: `${this.#uidValidity}.${uid}`,
    };
  }

  /** Throws `Refused` where `message` has none. */
  demand(number: number): MaildropMessage {
    const message = this.message(number);
    if (message !== undefined) return message;
    throw new Refused(this.#marked.has(number) ? REFUSALS.deleted : REFUSALS.noMessage);
  }

  mark(number: number): void {
    const { size } = this.demand(number);
    this.#marked.add(number);
    this.#markedOctets += size;
  }

  unmarkAll(): void {
    this.#marked.clear();
    this.#markedOctets = 0;
  }

  /** How many are marked as deleted. */
  get marked(): number {
    return this.#marked.size;
  }

  /** Holds the lock for another minute. Throws `Refused` when another session has it. */
  async renew(): Promise<void> {
    await demand(this.#client, 'lockMaildrop', { account: this.account, session: this.#session });
  }

  /** The UPDATE state: removes the marked messages, all or none, in one turn. */
  async update(): Promise<void> {
    if (this.#marked.size === 0) return;
    const numbers = [...this.#marked].sort((a, b) => a - b);
    const uids = formatUidSet(numbers.map((number) => this.#uids[number - 1]!));
    await demand(this.#client, 'expunge', {
      account: this.account,
      mailboxId: this.#mailboxId,
      uids,
      always: true,
    });
  }

  async unlock(): Promise<void> {
    await this.#client.ask('unlockMaildrop', { account: this.account, session: this.#session });
  }

  async #read(): Promise<void> {
    for (let after = 0, more = true; more && this.#uids.length < MAX_MAILDROP_MESSAGES; ) {
      const page = await demand(this.#client, 'facts', {
        account: this.account,
        mailboxId: this.#mailboxId,
        uids: `${after + 1}:*`,
      });
      for (const { uid, emailId, size } of page.facts) {
        after = uid;
        this.#uids.push(uid);
        this.#emailIds.push(emailId);
        this.#sizes.push(size);
        this.#octets += size;
      }
      more = page.more && page.facts.length > 0;
    }
  }
}

async function demand<V extends MailboxVerb>(
  client: MailboxClient,
  verb: V,
  request: MailboxRequest<V>,
): Promise<MailboxReply<V>> {
  const reply = await client.ask(verb, request);
  if (isRefusal(reply)) throw new Refused(mailboxRefusal(reply.refused));
  return reply;
}
