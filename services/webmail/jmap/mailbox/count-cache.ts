import { threadCounts, unreadEmails } from '../../../../shared/mailbox/mailbox-counts.ts';
import type { MailboxInfo } from '../../../../shared/mailbox/types.ts';
import type { Call } from '../method.ts';
import { threadsReady } from '../threads-ready.ts';
import { type Counts, roleOf } from './mailbox-object.ts';

type Wanted = ReadonlySet<string>;

/** How the mailboxes' counts were at a MODSEQ of the account. */
export class CountCache {
  readonly #limit: number;
  readonly #kept = new Map<string, Map<string, Partial<Counts>>>();

  /** @param limit accounts. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts of these mailboxes, as far as they are wanted. @param modSeq of the account when `mailboxes` were read. */
  async counts(
    call: Call,
    mailboxes: readonly MailboxInfo[],
    modSeq: number,
    wanted: Wanted,
  ): Promise<Map<string, Partial<Counts>>> {
    const threads = wanted.has('totalThreads') || wanted.has('unreadThreads');
    const unread = wanted.has('unreadEmails');
    const key = `${call.accountId} ${modSeq} ${threads} ${unread} ${mailboxes.length}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const { database } = call.webmail.ports;
    const ids = mailboxes.filter(({ messages }) => messages > 0).map(({ mailboxId }) => mailboxId);
    if (threads) await threadsReady(call);
    const trash = mailboxes.find((info) => roleOf(info) === 'trash')?.mailboxId ?? null;
    const byThread = threads ? await threadCounts(database, call.accountId, ids, trash) : undefined;
    const maybe = mailboxes.filter((info) => info.unseen > 0).map(({ mailboxId }) => mailboxId);
    const unreadById = unread ? await unreadEmails(database, call.accountId, maybe) : undefined;
    const counts = new Map(
      mailboxes.map(({ mailboxId, messages, deleted }) => [
        mailboxId,
        {
          totalEmails: messages - deleted,
          ...(unreadById === undefined ? {} : { unreadEmails: unreadById.get(mailboxId) ?? 0 }),
          ...(byThread === undefined
            ? {}
            : (byThread.get(mailboxId) ?? { totalThreads: 0, unreadThreads: 0 })),
        },
      ]),
    );
    this.#keep(key, call.accountId, counts);
    return counts;
  }

  #keep(key: string, account: string, counts: Map<string, Partial<Counts>>): void {
    for (const other of this.#kept.keys()) if (other.startsWith(`${account} `)) this.#kept.delete(other);
    this.#kept.set(key, counts);
    if (this.#kept.size > this.#limit) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}
