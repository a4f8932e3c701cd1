import type { MessageRows } from '../../../shared/mailbox/message-rows.ts';
import { isRefusal, type MailboxClient } from '../../../shared/mailbox/operations.ts';
import type { AccountId, MailboxId, MessageFacts, Uid } from '../../../shared/mailbox/types.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import type { Asking } from '../asking.ts';
import { mailboxRefusal } from '../refusals.ts';

/** Requests for more are whole-mailbox sweeps: kept, they would only push out what is asked for again. */
const MAX_KEPT_REQUEST = 200;
/** Uids that are read with one that is asked for alone: who reads messages reads their neighbours. */
const READ_AHEAD = 128;
/** Uids of one read otherwise. */
const MAX_READ = 5_000;

/** What never changes about messages, by mailbox and uid: the least recently asked for make room. */
export class FactsCache {
  readonly #mailboxes: MailboxClient;
  readonly #rows: MessageRows;
  readonly #limit: number;
  readonly #facts = new Map<string, MessageFacts>();

  constructor(mailboxes: MailboxClient, rows: MessageRows, limit: number) {
    this.#mailboxes = mailboxes;
    this.#rows = rows;
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
    if (missing.length === 0) return found;
    const keep = missing.length <= MAX_KEPT_REQUEST;
    if (asking.as === undefined) {
      await this.#read(asking.account, mailboxId, missing, keep, found);
      return found;
    }
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

  /** Of the account's own mailbox, past its actor; around what is asked for, others are read ahead. */
  async #read(
    account: AccountId,
    mailboxId: MailboxId,
    missing: readonly Uid[],
    keep: boolean,
    found: Map<Uid, MessageFacts>,
  ): Promise<void> {
    const wanted = new Set(missing);
    for (let at = 0; at < missing.length; ) {
      const block = keep ? Math.floor(missing[at]! / READ_AHEAD) : undefined;
      const first = block === undefined ? missing[at]! : block * READ_AHEAD;
      let last = block === undefined ? first : first + READ_AHEAD - 1;
      if (block === undefined) {
        while (at < missing.length && missing[at]! < first + MAX_READ) last = missing[at++]!;
      } else while (at < missing.length && missing[at]! <= last) at += 1;
      for (const facts of await this.#rows.facts(account, mailboxId, first, last)) {
        if (wanted.has(facts.uid)) found.set(facts.uid, facts);
        if (keep) this.#keep(`${account}/${mailboxId}/${facts.uid}`, facts);
      }
    }
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
    this.#facts.delete(key);
    if (this.#facts.size >= this.#limit) this.#facts.delete(this.#facts.keys().next().value as string);
    this.#facts.set(key, facts);
  }
}
