import type { EventGroup, NotifyEvent } from '../../../shared/protocol/imap/commands/notify.ts';
import type { ImapSession } from '../session.ts';
import { type Difference, differences } from './differences.ts';
import { eventsOf } from './event-filter.ts';
import {
  isOwnName,
  type KnownMailbox,
  type KnownMailboxes,
  keyOf,
  loadMailboxes,
} from './known-mailboxes.ts';
import { OwnChanges } from './own-changes.ts';
import { tellDifference, tellNoAccess, tellStatus } from './tell-difference.ts';
import { type WatchedAccount, watchedAccounts } from './watched-accounts.ts';

/** A mailbox that changes all the time is told of so often. Milliseconds. */
const PAUSE_MS = 50;

/**
 * What a session tells of mailboxes that it has not selected: at each hint the lists of their accounts are compared with those
 * before, so that a hint that was lost is made good by the next one, and a client that reads slowly is owed no more than one list.
 */
export class OtherMailboxes {
  readonly own = new OwnChanges();
  readonly #session: ImapSession;
  readonly #groups: readonly EventGroup[];
  readonly #annotated: boolean;
  #accounts: readonly WatchedAccount[] = [];
  #unwatch: (() => void)[] = [];
  #known: KnownMailboxes = NOTHING;
  #hinted = false;
  #waiting = false;
  #closed = false;

  constructor(session: ImapSession, groups: readonly EventGroup[]) {
    this.#session = session;
    this.#groups = groups;
    this.#annotated = groups.some(
      ({ events }) => events.has('MailboxMetadataChange') || events.has('ServerMetadataChange'),
    );
  }

  /** Something may have happened that was not told yet. */
  get stale(): boolean {
    return this.#hinted && !this.#waiting && !this.#closed;
  }

  /** Watched before they are read, so that nothing falls between. Throws `Refused`. */
  async open(status: boolean): Promise<void> {
    try {
      await this.#watch();
      this.#known = await this.#load();
    } catch (error) {
      this.close();
      throw error;
    }
    for (const mailbox of this.#known.byKey.values()) {
      const events = this.#eventsOf(mailbox);
      if (events.size === 0) continue;
      if (!mailbox.readable) tellNoAccess(this.#session, mailbox);
      else if (status && events.has('MessageNew') && !this.#isSelected(mailbox))
        tellStatus(this.#session, mailbox, events);
      await this.#session.flushWhenFull();
    }
  }

  /** Accounts that have come to share since are found. */
  poll(): void {
    this.#watch().then(
      () => this.#hint(),
      () => this.#hint(),
    );
  }

  /** Tells what others have changed. To be called while no command is under way. */
  async tell(): Promise<void> {
    this.#hinted = false;
    const before = this.#known;
    const now = await this.#load();
    if (this.#closed) return;
    this.#known = now;
    const { accountId } = this.#session;
    for (const difference of this.own.without(differences(before, now, accountId))) {
      this.#tell(difference, before, now);
      await this.#session.flushWhenFull();
    }
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      if (this.#hinted) this.#session.push();
    }, PAUSE_MS).unref();
  }

  close(): void {
    this.#closed = true;
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
  }

  #hint(): void {
    this.#hinted = true;
    this.#session.push();
  }

  async #watch(): Promise<void> {
    const filters = this.#groups.map(({ mailboxes }) => mailboxes);
    const wanted = await watchedAccounts(this.#session, filters);
    const watched = new Set(this.#accounts.map(({ owner }) => owner));
    for (const account of wanted) {
      if (watched.has(account.owner)) continue;
      const unwatch = await this.#session.gateway.ports.mailboxes.watch(account.owner, () => this.#hint());
      if (this.#closed) unwatch();
      else this.#unwatch.push(unwatch);
      this.#accounts = [...this.#accounts, account];
    }
  }

  #load(): Promise<KnownMailboxes> {
    return loadMailboxes(this.#session, this.#accounts, this.#annotated);
  }

  #tell(difference: Difference, before: KnownMailboxes, now: KnownMailboxes): void {
    switch (difference.what) {
      case 'changed': {
        const events = this.#eventsOf(difference.now);
        if (events.has('MessageNew') && difference.now.readable && !this.#isSelected(difference.now))
          tellDifference(this.#session, difference, now, events);
        return;
      }
      case 'annotated': {
        const mailbox = difference.now;
        const wanted = mailbox === undefined ? 'ServerMetadataChange' : 'MailboxMetadataChange';
        const events = mailbox === undefined ? this.#anyEvents() : this.#eventsOf(mailbox);
        if (events.has(wanted) && mailbox?.readable !== false)
          tellDifference(this.#session, difference, now, events);
        return;
      }
      default: {
        const event =
          difference.what === 'subscribed' || difference.what === 'unsubscribed'
            ? 'SubscriptionChange'
            : 'MailboxName';
        const names = 'oldName' in difference ? [difference.name, difference.oldName] : [difference.name];
        // Who has just been unsubscribed from was among those subscribed to.
        const subscribed = names.some((name) => before.subscribed.has(name) || now.subscribed.has(name));
        const events = names.map((name) =>
          eventsOf(this.#groups, { name, own: isOwnName(name), subscribed }),
        );
        const parent = difference.name.lastIndexOf('/');
        if (events.some((each) => each.has(event)))
          tellDifference(this.#session, difference, now, events[0]!);
        if (parent > 0 && event === 'MailboxName' && difference.what !== 'renamed')
          this.#tellParent(difference.name.slice(0, parent), now);
      }
    }
  }

  /** The direct parent of what was created or deleted is affected too (RFC 5465 §5.4). */
  #tellParent(name: string, now: KnownMailboxes): void {
    const subscribed = now.subscribed.has(name);
    const own = isOwnName(name);
    const events = eventsOf(this.#groups, { name, own, subscribed });
    if (events.has('MailboxName')) tellDifference(this.#session, { what: 'created', name, own }, now, events);
  }

  #eventsOf(mailbox: KnownMailbox): ReadonlySet<NotifyEvent> {
    return eventsOf(this.#groups, mailbox);
  }

  #anyEvents(): ReadonlySet<NotifyEvent> {
    return new Set(this.#groups.flatMap(({ events }) => [...events]));
  }

  /** Of the selected mailbox SELECTED alone says what is told of messages (RFC 5465 §3.1). */
  #isSelected({ key }: KnownMailbox): boolean {
    const { selected, owner } = this.#session;
    return selected !== undefined && keyOf(owner, selected.mailboxId) === key;
  }
}

const NOTHING: KnownMailboxes = {
  byKey: new Map(),
  byName: new Map(),
  subscribed: new Set(),
  annotations: new Map(),
};
