import {
  isRefusal,
  type MailboxClient,
  type MailboxRefusal,
  type MailboxReply,
} from '../../shared/mailbox/operations.ts';
import type { Rights } from '../../shared/mailbox/rights.ts';
import type { AccountId, MailboxId, MailboxInfo, ModSeq, Uid } from '../../shared/mailbox/types.ts';
import type { Asking } from './asking.ts';
import { FRESH_MS, SNAPSHOT_PAGE } from './limits.ts';
import { changedSnapshot, type MailboxSnapshot, SnapshotLoader } from './mailbox-snapshot.ts';

/** What a SELECT starts from. */
export interface OpenedMailbox {
  readonly mailbox: MailboxInfo;
  readonly snapshot: MailboxSnapshot;
  /** Uids from here on are \Recent in this session. */
  readonly recentFrom: Uid;
  /** When the actor was asked (`performance.now()`). */
  readonly checkedAt: number;
  /** Missing: all, the owner's. */
  readonly rights?: Rights;
}

/** A mailbox that nobody selects for this long is forgotten. Milliseconds. */
const KEPT_MS = 60_000;
/** Messages of all mailboxes kept, at 13 bytes each. */
const MAX_KEPT_MESSAGES = 2_000_000;
/** `changes` in a row until a snapshot is taken anew. */
const MAX_CHANGES = 10;

type Changes = MailboxReply<'changes'>;
type List = MailboxReply<'list'>;

interface Kept {
  /** Undefined: being opened for the first time. */
  opened: { readonly mailbox: MailboxInfo; readonly snapshot: MailboxSnapshot } | undefined;
  /** When the actor was asked (`performance.now()`). */
  checkedAt: number;
  usedAt: number;
  /** As in `SelectedMailbox`. */
  hinted: ModSeq;
  followed: ModSeq;
  /** Uids from here on are \Recent and no session's. */
  unclaimedFrom: Uid;
  unwatch: () => void;
}

interface ChangesAsked {
  claimRecent: boolean;
  readonly reply: Promise<Changes | MailboxRefusal>;
}

/**
 * What the sessions of this gateway read of the same mailbox, read once: snapshots for SELECT, brought forward by the
 * changes since; and the answer to sessions that ask for the same changes at the same time, as all do that idle in one
 * mailbox when it changes.
 */
export class SharedMailboxes {
  readonly #mailboxes: MailboxClient;
  readonly #kept = new Map<string, Kept>();
  readonly #opening = new Map<string, Promise<OpenedMailbox | MailboxRefusal>>();
  readonly #asked = new Map<string, ChangesAsked>();
  readonly #lists = new Map<string, Promise<List | MailboxRefusal>>();
  readonly #sweep: NodeJS.Timeout;

  constructor(mailboxes: MailboxClient) {
    this.#mailboxes = mailboxes;
    this.#sweep = setInterval(() => this.#forget(), KEPT_MS / 2);
    this.#sweep.unref();
  }

  stop(): void {
    clearInterval(this.#sweep);
    for (const [key, kept] of [...this.#kept]) this.#dropped(key, kept, undefined);
  }

  /** Sessions must watch the account before they ask, so that nothing falls between. */
  async open(asking: Asking, name: string, claimRecent: boolean): Promise<OpenedMailbox | MailboxRefusal> {
    const { account, as = '' } = asking;
    const key = `${account}/${as}/${name}`;
    const kept = this.#kept.get(key);
    // Of others' mailboxes the rights are to be asked for each time.
    if (
      as === '' &&
      kept?.opened !== undefined &&
      isFresh(kept) &&
      !(claimRecent && kept.unclaimedFrom < Number.POSITIVE_INFINITY)
    ) {
      kept.usedAt = performance.now();
      return { ...kept.opened, recentFrom: kept.unclaimedFrom, checkedAt: kept.checkedAt };
    }
    const flight = `${claimRecent}/${key}`;
    let opening = this.#opening.get(flight);
    const first = opening === undefined;
    if (opening === undefined) {
      opening = this.#ask(key, asking, name, claimRecent).finally(() => this.#opening.delete(flight));
      this.#opening.set(flight, opening);
    }
    const opened = await opening;
    return first || !claimRecent || isRefusal(opened)
      ? opened
      : { ...opened, recentFrom: Number.POSITIVE_INFINITY };
  }

  /**
   * `changes`, asked once for all who ask in the same moment. Nobody is given an answer to a question that went out
   * before his own.
   */
  async changes(
    asking: Asking,
    mailboxId: MailboxId,
    sinceModSeq: ModSeq,
    claimRecent: boolean,
  ): Promise<Changes | MailboxRefusal> {
    const { account, as = '' } = asking;
    const key = `${account}/${as}/${mailboxId}/${sinceModSeq}`;
    let asked = this.#asked.get(key);
    const first = asked === undefined || (claimRecent && !asked.claimRecent);
    if (asked === undefined) {
      const created: ChangesAsked = {
        claimRecent,
        reply: nextTurn().then(() => {
          this.#asked.delete(key);
          return this.#mailboxes.ask('changes', {
            ...asking,
            mailboxId,
            sinceModSeq,
            claimRecent: created.claimRecent,
          });
        }),
      };
      asked = created;
      this.#asked.set(key, asked);
    } else if (first) asked.claimRecent = true;
    const reply = await asked.reply;
    // To one that claims, else to all who look.
    if (isRefusal(reply) || (claimRecent ? first : !asked.claimRecent)) return reply;
    return { ...reply, recentFrom: Number.POSITIVE_INFINITY };
  }

  /** `list`, asked once for all who ask in the same moment: as `changes`. */
  list(asking: Asking): Promise<List | MailboxRefusal> {
    const key = `${asking.account}/${asking.as ?? ''}`;
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = nextTurn().then(() => {
        this.#lists.delete(key);
        return this.#mailboxes.ask('list', asking);
      });
      this.#lists.set(key, list);
    }
    return list;
  }

  async #ask(
    key: string,
    asking: Asking,
    name: string,
    claimRecent: boolean,
  ): Promise<OpenedMailbox | MailboxRefusal> {
    const kept = this.#kept.get(key) ?? (await this.#watched(key, asking.account));
    const checkedAt = performance.now();
    const { hinted } = kept;
    if (hinted === Number.POSITIVE_INFINITY) kept.hinted = 0;
    try {
      const selected = await this.#mailboxes.ask('select', { ...asking, name, claimRecent });
      if (isRefusal(selected)) return this.#dropped(key, kept, selected);
      const { mailbox, recentFrom, rights } = selected;
      const before = kept.opened?.mailbox.mailboxId === mailbox.mailboxId ? kept.opened.snapshot : undefined;
      const snapshot = await this.#snapshot(asking, mailbox, before);
      if ('refused' in snapshot) return this.#dropped(key, kept, snapshot);
      kept.opened = { mailbox, snapshot };
      kept.checkedAt = checkedAt;
      kept.usedAt = performance.now();
      if (hinted !== Number.POSITIVE_INFINITY) kept.followed = Math.max(kept.followed, hinted);
      kept.unclaimedFrom =
        claimRecent || recentFrom >= mailbox.uidNext ? Number.POSITIVE_INFINITY : recentFrom;
      return { mailbox, snapshot, recentFrom, checkedAt, rights };
    } catch (error) {
      throw this.#dropped(key, kept, error);
    }
  }

  async #watched(key: string, account: AccountId): Promise<Kept> {
    const kept: Kept = {
      opened: undefined,
      checkedAt: 0,
      usedAt: 0,
      hinted: 0,
      followed: 0,
      unclaimedFrom: Number.POSITIVE_INFINITY,
      unwatch: () => {},
    };
    kept.unwatch = await this.#mailboxes.watch(account, (modSeq, what) => {
      if (what === 'names') return;
      kept.hinted = modSeq === 0 ? Number.POSITIVE_INFINITY : Math.max(kept.hinted, modSeq);
    });
    const other = this.#kept.get(key);
    if (other === undefined) this.#kept.set(key, kept);
    else kept.unwatch();
    return other ?? kept;
  }

  #dropped<Value>(key: string, kept: Kept, value: Value): Value {
    kept.unwatch();
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
    return value;
  }

  async #snapshot(
    asking: Asking,
    mailbox: MailboxInfo,
    before: MailboxSnapshot | undefined,
  ): Promise<MailboxSnapshot | MailboxRefusal> {
    const { mailboxId } = mailbox;
    let snapshot = before;
    for (let round = 0; snapshot !== undefined && round < MAX_CHANGES; round += 1) {
      if (mailbox.modSeq <= snapshot.highestModSeq) return snapshot;
      const reply = await this.changes(asking, mailboxId, snapshot.modSeq, false);
      if (isRefusal(reply) && reply.refused !== 'too-old') return reply;
      snapshot = isRefusal(reply) ? undefined : changedSnapshot(snapshot, reply);
    }
    const loader = new SnapshotLoader();
    for (;;) {
      const page = await this.#mailboxes.ask('snapshot', {
        ...asking,
        mailboxId,
        afterUid: loader.afterUid,
        limit: SNAPSHOT_PAGE,
      });
      if (isRefusal(page)) return page;
      loader.add(page);
      if (!page.more || page.columns.uids.length === 0) return loader.finish(page.uidNext);
    }
  }

  #forget(): void {
    const before = performance.now() - KEPT_MS;
    let messages = 0;
    const latest = [...this.#kept].sort(([, one], [, other]) => other.usedAt - one.usedAt);
    for (const [key, kept] of latest) {
      if (kept.opened === undefined) continue;
      messages += kept.opened.snapshot.columns.count;
      if (kept.usedAt < before || messages > MAX_KEPT_MESSAGES) this.#dropped(key, kept, undefined);
    }
  }
}

function isFresh(kept: Kept): boolean {
  return (
    kept.hinted <= Math.max(kept.opened?.snapshot.modSeq ?? 0, kept.followed) &&
    performance.now() - kept.checkedAt < FRESH_MS
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
