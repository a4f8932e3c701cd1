import { Actor } from '../../shared/actor/actor.ts';
import type { Database } from '../../shared/database/port.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import type { SieveProgram } from '../../shared/sieve/program.ts';
import type { Delivered, LocalEntry } from '../../shared/spool/deliver.ts';
import type { Commits } from './commits.ts';
import { activeScript } from './filter/active-script.ts';
import { deliverFiltered, type FilterOptions } from './filter/deliver-filtered.ts';
import { deliverJunk } from './filter/deliver-junk.ts';
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
  readonly #filter: Omit<FilterOptions, 'commits'>;
  readonly #commits: Commits;
  readonly #delivered: (delivered: Delivered, entries: readonly LocalEntry[]) => void;
  readonly #deliveryFailed: (error: unknown) => void;
  readonly #index: () => Promise<boolean>;
  #pending = new Map<string, LocalEntry>();
  #deliveryAsked = false;
  #left = false;
  /** The active script, compiled; null: there is none; undefined: not read yet. Scripts change in turns of this actor only. */
  #program: SieveProgram | null | undefined;
  #maildrop: { session: string; until: number } | undefined;

  constructor(
    account: AccountId,
    filter: Omit<FilterOptions, 'commits'>,
    commits: Commits,
    delivered: (delivered: Delivered, entries: readonly LocalEntry[]) => void,
    deliveryFailed: (error: unknown) => void,
    index: () => Promise<boolean>,
  ) {
    this.#actor = new Actor(account);
    this.#account = account;
    this.#filter = filter;
    this.#database = filter.ports.database;
    this.#commits = commits;
    this.#delivered = delivered;
    this.#deliveryFailed = deliveryFailed;
    this.#index = index;
  }

  turn<T>(operation: (turn: Turn) => Promise<T>): Promise<T> {
    return this.#actor.run(async () => {
      try {
        return await operation({
          account: this.#account,
          database: this.#database,
          now: this.#database.now(),
          commit: (work) => this.#commits.turn(work),
          maildrop: this.#lock,
          scriptsChanged: () => {
            this.#program = undefined;
          },
          index: this.#index,
        });
      } catch (error) {
        // It may have been done all the same: what is remembered is read again.
        this.#program = undefined;
        throw error;
      }
    });
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
    if (this.#program === undefined) this.#program = await activeScript(this.#database, this.#account);
    const program = this.#program;
    const plain = program === null ? entries.filter(({ junk }) => !junk) : [];
    if (plain.length > 0) await this.#deliverPlain(plain);
    for (const entry of entries) {
      if (program !== null) await this.#deliverFiltered(entry, program);
      else if (entry.junk) await this.#deliverJunk(entry);
    }
  }

  async #deliverPlain(entries: readonly LocalEntry[]): Promise<void> {
    const delivered = await this.#commits.deliver(entries);
    if (delivered !== undefined) this.#delivered(delivered, entries);
  }

  async #deliverFiltered(entry: LocalEntry, program: SieveProgram): Promise<void> {
    const delivered = await deliverFiltered({ ...this.#filter, commits: this.#commits }, entry, program);
    if (delivered === 'unfiltered')
      await (entry.junk ? this.#deliverJunk(entry) : this.#deliverPlain([entry]));
    else if (delivered !== undefined) this.#delivered(delivered, [entry]);
  }

  async #deliverJunk(entry: LocalEntry): Promise<void> {
    const delivered = await deliverJunk(this.#database, this.#commits, entry);
    if (delivered !== undefined) this.#delivered(delivered, [entry]);
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
