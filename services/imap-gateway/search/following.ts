import type { SortCriterion } from '../../../shared/protocol/imap/commands/sort.ts';
import type { FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';
import type { ResponseWriter } from '../../../shared/protocol/imap/response-writer.ts';
import type { SearchKey } from '../../../shared/protocol/imap/search-key.ts';
import type { MessageView } from '../message-view.ts';
import { tellRemoved } from './tell-updates.ts';

/** A search whose results are kept up to date (RFC 5267 §4.3). */
export interface SearchContext {
  /** `TAG "a1"`, and what else an ESEARCH response names it by. */
  readonly correlator: string;
  readonly uid: boolean;
  /** Names no sequence numbers: those it named were made uids when the search was. */
  readonly key: SearchKey;
  readonly charset: string | null;
  /** Of a SORT; null: in the order of the mailbox. */
  readonly criteria: readonly SortCriterion[] | null;
  /** What is fetched of new messages that match (RFC 5465 §7). */
  readonly fetch: readonly FetchItem[];
  /** Uids; of a SORT in its order. */
  results: Set<number>;
}

/** Updating searches of one session, and messages that all of them together may hold. */
const MAX_CONTEXTS = 16;
const MAX_RESULTS = 200_000;
/** A SORT is done anew with each message that comes. */
const MAX_SORTED = 10_000;

/**
 * Who follows a selected mailbox message by message: updating searches, and FETCH of new messages (RFC 5465 §5.2). What came into the
 * view, or changed there, is gathered until it is told.
 */
export class Following {
  readonly contexts = new Map<string, SearchContext>();
  #added: number[] = [];
  readonly #changed = new Set<number>();
  /** Uids that the client itself made here. */
  readonly #own = new Set<number>();

  get any(): boolean {
    return this.#added.length > 0 || this.#changed.size > 0;
  }

  added(uid: number): void {
    this.#added.push(uid);
  }

  changed(uid: number): void {
    this.#changed.add(uid);
  }

  made(uids: readonly number[]): void {
    for (const uid of uids) this.#own.add(uid);
  }

  take(): { readonly added: number[]; readonly changed: number[]; readonly own: ReadonlySet<number> } {
    const added = this.#added;
    const changed = [...this.#changed];
    const own = new Set(added.filter((uid) => this.#own.delete(uid)));
    this.#added = [];
    this.#changed.clear();
    return { added, changed, own };
  }

  hasRoomFor({ criteria, results }: SearchContext): boolean {
    let sum = results.size;
    for (const context of this.contexts.values()) sum += context.results.size;
    if (criteria !== null && results.size > MAX_SORTED) return false;
    return this.contexts.size < MAX_CONTEXTS && sum <= MAX_RESULTS;
  }

  /** Before the EXPUNGEs: the sequence numbers still are what they were. */
  tellRemoved(view: MessageView, out: ResponseWriter): void {
    for (const context of this.contexts.values()) tellRemoved(context, view, out);
  }
}
