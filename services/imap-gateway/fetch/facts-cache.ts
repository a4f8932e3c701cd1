import { isRefusal, type MailboxClient } from '../../../shared/mailbox/operations.ts';
import type { MailboxId, MessageFacts, Uid } from '../../../shared/mailbox/types.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import type { Asking } from '../asking.ts';
import { mailboxRefusal } from '../refusals.ts';

/** Requests for more are whole-mailbox sweeps: kept, they would only push out what is asked for again. */
const MAX_KEPT_REQUEST = 200;

/** What never changes about messages, by mailbox and uid: the least recently asked for make room. */
export class FactsCache {
  readonly #mailboxes: MailboxClient;
  readonly #limit: number;
  readonly #facts = new Map<string, MessageFacts>();

  constructor(mailboxes: MailboxClient, limit: number) {
    this.#mailboxes = mailboxes;
    this.#limit = limit;
  }

  /** Facts of these ascending uids; those of messages that are gone are left out. */
  async get(asking: Asking, mailboxId: MailboxId, uids: readonly Uid[]): Promise<Map<Uid, MessageFacts>> {
    const { account } = asking;
    const found = new Map<Uid, MessageFacts>();
    const missing: Uid[] = [];
    for (const uid of uids) {
      const facts = this.#recall(`${account}/${mailboxId}/${uid}`);
      if (facts === undefined) missing.push(uid);
      else found.set(uid, facts);
    }
    const keep = missing.length <= MAX_KEPT_REQUEST;
    let rest = missing;
    while (rest.length > 0) {
      const reply = await this.#mailboxes.ask('facts', {
        ...asking,
        mailboxId,
        uids: formatSequenceSet(rest),
      });
      if (isRefusal(reply)) throw mailboxRefusal(reply);
      for (const facts of reply.facts) {
        found.set(facts.uid, facts);
        if (keep) this.#keep(`${account}/${mailboxId}/${facts.uid}`, facts);
      }
      const last = reply.facts.at(-1)?.uid;
      if (!reply.more || last === undefined) break;
      rest = rest.filter((uid) => uid > last);
    }
    return found;
  }

  #recall(key: string): MessageFacts | undefined {
    const facts = this.#facts.get(key);
    if (facts !== undefined) {
      this.#facts.delete(key);
      this.#facts.set(key, facts);
    }
    return facts;
  }

  #keep(key: string, facts: MessageFacts): void {
    if (this.#facts.size >= this.#limit) this.#facts.delete(this.#facts.keys().next().value as string);
    this.#facts.set(key, facts);
  }
}
