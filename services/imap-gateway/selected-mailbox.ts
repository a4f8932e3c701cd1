import { ALL_RIGHTS, changeableFlags, type Rights } from '../../shared/mailbox/rights.ts';
import type { MessageColumns, ModSeq } from '../../shared/mailbox/types.ts';
import type { ResponseWriter } from '../../shared/protocol/imap/response-writer.ts';
import { parseNumberSet, type Ranges, resolveSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { formatFlags } from './flags.ts';
import { MAX_TOLD_KEYWORDS } from './limits.ts';
import { EXPUNGED, MessageView, RECENT, SYSTEM } from './message-view.ts';

export interface MailboxChanges {
  readonly columns: MessageColumns;
  readonly expunged: string;
  readonly modSeq: ModSeq;
  readonly recentFrom: number;
  /** Missing: all, the owner's. */
  readonly rights?: Rights;
}

/**
 * The tracker: what the client of one session knows of its selected mailbox, and the untagged responses that take it
 * from there to what is (RFC 3501 §7.3, §7.4). It never shows a state that was not told: a message is in the view once
 * EXISTS was written, and leaves it when EXPUNGE is written, which waits for a command that allows it.
 */
export class SelectedMailbox {
  readonly mailboxId: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly uidValidity: number;
  readonly view = new MessageView();
  /** What the session's account may do here. */
  rights = ALL_RIGHTS;
  /** Everything up to here is in the view. */
  modSeq: ModSeq = 0;
  /**
   * The highest MODSEQ that was hinted at; Infinity: unknown, something may have been missed. Hints are of the whole
   * account, so that this may be above all that ever happens in the mailbox.
   */
  #hinted = 0;
  /** Hints up to here were followed up. */
  #followed = 0;
  /** Ends the watch. */
  unwatch: () => void = () => {};
  /** A synchronization under way; a second one waits for it. */
  synchronizing: Promise<void> | undefined;
  readonly #keywords = new Map<string, string>();

  constructor(mailbox: { mailboxId: string; name: string; uidValidity: number }, readOnly: boolean) {
    this.mailboxId = mailbox.mailboxId;
    this.name = mailbox.name;
    this.uidValidity = mailbox.uidValidity;
    this.readOnly = readOnly;
  }

  get stale(): boolean {
    return this.#hinted > Math.max(this.modSeq, this.#followed);
  }

  hint(modSeq: ModSeq): void {
    this.#hinted = modSeq === 0 ? Number.POSITIVE_INFINITY : Math.max(this.#hinted, modSeq);
  }

  /** Call before the actor is asked; what this returns, once all it knew has been applied. */
  followHints(): () => void {
    const hinted = this.#hinted;
    if (hinted === Number.POSITIVE_INFINITY) this.#hinted = 0;
    return () => {
      if (hinted !== Number.POSITIVE_INFINITY) this.#followed = Math.max(this.#followed, hinted);
    };
  }

  /** Messages of a snapshot, ascending, before anything is told. */
  load(columns: MessageColumns, recentFrom: number): void {
    const { view } = this;
    for (let at = 0; at < columns.uids.length; at += 1) {
      const uid = columns.uids[at]!;
      if (uid > view.lastUid) this.#append(uid, columns.flags[at]!, columns.modSeqs[at]!, recentFrom);
    }
    for (const [at, keywords] of columns.keywords) {
      this.#learnKeywords(keywords);
      this.#setKeywords(columns.uids[at]!, keywords);
    }
  }

  /** FLAGS and PERMANENTFLAGS. */
  tellFlags(out: ResponseWriter): void {
    const known = [...this.#keywords.values()];
    out.line(`* FLAGS (${formatFlags(SYSTEM, known)})`);
    const { system, keywords } = changeableFlags(this.readOnly ? '' : this.rights);
    const permanent = formatFlags(system, keywords ? [...known, '\\*'] : []);
    out.line(
      `* OK [PERMANENTFLAGS (${permanent})] ${permanent === '' ? 'No flag can be changed' : 'Flags that can be changed'}`,
    );
  }

  tellCounts(out: ResponseWriter): void {
    out.line(`* ${this.view.count} EXISTS`);
    out.line(`* ${this.view.recent} RECENT`);
  }

  /** Takes changes in and tells them; expunged messages only when `expunges`. */
  apply(changes: MailboxChanges, out: ResponseWriter, expunges: boolean): void {
    if (changes.expunged !== '') this.view.markExpunged(uidRanges(changes.expunged));
    if (expunges) this.tellExpunged(out);
    this.#merge(changes.columns, changes.recentFrom, out);
    this.modSeq = Math.max(this.modSeq, changes.modSeq);
    if (changes.rights !== undefined && changes.rights !== this.rights) {
      this.rights = changes.rights;
      this.tellFlags(out);
    }
  }

  tellExpunged(out: ResponseWriter): void {
    this.view.removeExpunged((sequence) => out.line(`* ${sequence} EXPUNGE`));
  }

  /**
   * Flags as they are after a STORE: into the view; returns the positions of the messages that have changed in it.
   */
  mergeFlags(columns: MessageColumns, out: ResponseWriter): number[] {
    const changed: number[] = [];
    const keywords = new Map(columns.keywords);
    let learnt = false;
    for (let at = 0; at < columns.uids.length; at += 1) {
      const position = this.view.indexOf(columns.uids[at]!);
      if (position < 0) continue;
      const own = keywords.get(at) ?? [];
      learnt = this.#learnKeywords(own) || learnt;
      if (this.#setFlags(position, columns.flags[at]!, own, columns.modSeqs[at]!)) changed.push(position);
    }
    if (learnt) this.tellFlags(out);
    return changed;
  }

  tellMessageFlags(position: number, out: ResponseWriter): void {
    const { view } = this;
    const uid = view.uids[position]!;
    out.line(`* ${position + 1} FETCH (UID ${uid} FLAGS (${this.flagsAt(position)}))`);
  }

  flagsAt(position: number): string {
    const { view } = this;
    return formatFlags(view.flags[position]!, view.keywords.get(view.uids[position]!));
  }

  #merge(columns: MessageColumns, recentFrom: number, out: ResponseWriter): void {
    const known = this.view.lastUid;
    const changed = this.mergeFlags(columns, out);
    const before = this.view.count;
    const recentBefore = this.view.recent;
    for (let at = 0; at < columns.uids.length; at += 1) {
      const uid = columns.uids[at]!;
      if (uid > known) this.#append(uid, columns.flags[at]!, columns.modSeqs[at]!, recentFrom);
    }
    let learnt = false;
    for (const [at, keywords] of columns.keywords) {
      const uid = columns.uids[at]!;
      if (uid <= known) continue;
      this.view.keywords.set(uid, keywords);
      learnt = this.#learnKeywords(keywords) || learnt;
    }
    if (learnt) this.tellFlags(out);
    if (this.view.count !== before || this.view.recent !== recentBefore) this.tellCounts(out);
    for (const position of changed) {
      if (!(this.view.flags[position]! & EXPUNGED)) this.tellMessageFlags(position, out);
    }
  }

  #append(uid: number, flags: number, modSeq: number, recentFrom: number): void {
    this.view.append(uid, (flags & SYSTEM) | (uid >= recentFrom ? RECENT : 0), modSeq);
  }

  #setFlags(position: number, flags: number, keywords: readonly string[], modSeq: number): boolean {
    const { view } = this;
    const uid = view.uids[position]!;
    const old = view.flags[position]!;
    view.modSeqs[position] = modSeq;
    const same = (old & SYSTEM) === (flags & SYSTEM) && sameKeywords(view.keywords.get(uid), keywords);
    if (same) return false;
    view.flags[position] = (flags & SYSTEM) | (old & ~SYSTEM);
    this.#setKeywords(uid, keywords);
    return true;
  }

  /** Those that FLAGS names; true when there are new ones. */
  #learnKeywords(keywords: readonly string[]): boolean {
    let learnt = false;
    for (const keyword of keywords) {
      if (this.#keywords.size >= MAX_TOLD_KEYWORDS || this.#keywords.has(keyword.toLowerCase())) continue;
      this.#keywords.set(keyword.toLowerCase(), keyword);
      learnt = true;
    }
    return learnt;
  }

  #setKeywords(uid: number, keywords: readonly string[]): void {
    if (keywords.length === 0) this.view.keywords.delete(uid);
    else this.view.keywords.set(uid, keywords);
  }
}

/** Ranges of a sequence set over uids as an operation returns it. */
export function uidRanges(text: string): Ranges {
  return text === '' ? [] : resolveSequenceSet(parseNumberSet(text) ?? [], 0);
}

function sameKeywords(a: readonly string[] | undefined, b: readonly string[]): boolean {
  if (a === undefined) return b.length === 0;
  return a.length === b.length && a.every((keyword, at) => keyword === b[at]);
}
