import { Actor } from '../../shared/actor/actor.ts';
import type { Database } from '../../shared/database/port.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import type { Delivered, LocalEntry } from '../../shared/spool/deliver.ts';
import type { Commits } from './commits.ts';
import type { MaildropLock, Turn } from './turn.ts';

/** Entries one delivery turn takes at most, so that a flood to one account leaves room for its other turns. */
const ENTRIES_A_TURN = 100;
/** Entries remembered as waiting; the poll brings back what did not fit. */
const MAX_PENDING = 5_000;
/** A maildrop session that was not renewed for this long has lost its lock. */
const MAILDROP_LOCK_MS = 60_000;

/** One account: its turns in order, its deliveries gathered, its maildrop lock. */
export class MailboxActor {
  readonly #actor: Actor;
  readonly #account: AccountId;
  readonly #database: Database;
  readonly #commits: Commits;
  readonly #delivered: (delivered: Delivered, entries: readonly LocalEntry[]) => void;
  readonly #deliveryFailed: (error: unknown) => void;
  #pending = new Map<string, LocalEntry>();
  #deliveryAsked = false;
  #left = false;
  #maildrop: { session: string; until: number } | undefined;

  constructor(
    account: AccountId,
    database: Database,
    commits: Commits,
    delivered: (delivered: Delivered, entries: readonly LocalEntry[]) => void,
    deliveryFailed: (error: unknown) => void,
  ) {
    this.#actor = new Actor(account);
    this.#account = account;
    this.#database = database;
    this.#commits = commits;
    this.#delivered = delivered;
    this.#deliveryFailed = deliveryFailed;
  }

  turn<T>(operation: (turn: Turn) => Promise<T>): Promise<T> {
    return this.#actor.run(() =>
      operation({
        account: this.#account,
        database: this.#database,
        now: Date.now(),
        commit: (work) => this.#commits.turn(work),
        maildrop: this.#lock,
      }),
    );
  }

  /** Takes entries for delivery; what fails stays in the spool for the poll. */
  expect(entries: readonly LocalEntry[]): void {
    if (this.#left) return;
    for (const entry of entries) {
      if (this.#pending.size >= MAX_PENDING) break;
      this.#pending.set(entry.emailId, entry);
    }
    this.#askDelivery();
  }

  /** Takes no more deliveries; resolves when its turns are done. What it had not begun stays in the spool. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#pending.clear();
    await this.#actor.settled();
  }

  idleFor(): number {
    return this.#maildrop !== undefined && performance.now() < this.#maildrop.until
      ? 0
      : this.#actor.idleFor();
  }

  #askDelivery(): void {
    if (this.#deliveryAsked || this.#pending.size === 0) return;
    this.#deliveryAsked = true;
    this.#actor.run(() => this.#deliver()).catch(this.#deliveryFailed);
  }

  async #deliver(): Promise<void> {
    this.#deliveryAsked = false;
    const entries: LocalEntry[] = [];
    for (const [emailId, entry] of this.#pending) {
      if (entries.length >= ENTRIES_A_TURN) break;
      entries.push(entry);
      this.#pending.delete(emailId);
    }
    this.#askDelivery();
    if (entries.length === 0) return;
    const delivered = await this.#commits.deliver(entries);
    if (delivered !== undefined) this.#delivered(delivered, entries);
  }

  readonly #lock: MaildropLock = {
    lock: (session) => {
      const now = performance.now();
      if (this.#maildrop !== undefined && this.#maildrop.session !== session && now < this.#maildrop.until)
        return false;
      this.#maildrop = { session, until: now + MAILDROP_LOCK_MS };
      return true;
    },
    unlock: (session) => {
      if (this.#maildrop?.session === session) this.#maildrop = undefined;
    },
  };
}
