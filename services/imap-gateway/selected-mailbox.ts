import { ALL_RIGHTS, changeableFlags, type Rights } from '../../shared/mailbox/rights.ts';
import type { MailboxInfo, MessageColumns, ModSeq } from '../../shared/mailbox/types.ts';
import type { ResponseWriter } from '../../shared/protocol/imap/response-writer.ts';
import {
  parseNumberSet,
  type Ranges,
  rangesOf,
  resolveSequenceSet,
} from '../../shared/protocol/imap/sequence-set.ts';
import type { Extension } from './extensions.ts';
import { formatFlags } from './flags.ts';
import { MAX_TOLD_KEYWORDS } from './limits.ts';
import type { MailboxSnapshot } from './mailbox-snapshot.ts';
import { EXPUNGED, MessageView, RECENT, SYSTEM } from './message-view.ts';
import type { SelectedRule } from './notify/selected-rule.ts';
import type { Following } from './search/following.ts';
import { tellVanished } from './vanished.ts';

export interface MailboxChanges {
  readonly columns: MessageColumns;
  readonly expunged: string;
  readonly modSeq: ModSeq;
  readonly highestModSeq?: ModSeq;
  readonly recentFrom: number;
  /** Missing: all, the owner's. */
  readonly rights?: Rights;
  readonly uidNext: number;
  readonly more?: boolean;
}

/** What decides how a client is told. */
interface Client {
  readonly enabled: ReadonlySet<Extension>;
  readonly rule: SelectedRule;
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
  readonly view: MessageView;
  /** What the session's account may do here. */
  rights = ALL_RIGHTS;
  uidNext: number;
  /** Everything up to here is in the view. A MODSEQ of the account. */
  modSeq: ModSeq;
  /** HIGHESTMODSEQ: of the mailbox' last change that is in the view (RFC 7162 §3.1.2.1). */
  highestModSeq: ModSeq;
  /**
   * The highest MODSEQ that was hinted at; Infinity: unknown, something may have been missed. Hints are of the whole
   * account, so that this may be above all that ever happens in the mailbox.
   */
  #hinted = 0;
  /** Hints up to here were followed up. */
  #followed = 0;
  /** When the actor was last asked (`performance.now()`). */
  checkedAt = 0;
  /** Ends the watch. */
  unwatch: () => void = () => {};
  /** Who follows it message by message; undefined: nobody. */
  following: Following | undefined;
  /** A synchronization under way; a second one waits for it. */
  synchronizing: Promise<void> | undefined;
  readonly #client: Client;
  readonly #keywords = new Map<string, string>();

  constructor(
    client: Client,
    mailbox: Pick<MailboxInfo, 'mailboxId' | 'name' | 'uidValidity' | 'modSeq'>,
    snapshot: MailboxSnapshot,
    readOnly: boolean,
  ) {
    this.#client = client;
    this.mailboxId = mailbox.mailboxId;
    this.name = mailbox.name;
    this.uidValidity = mailbox.uidValidity;
    this.readOnly = readOnly;
    this.view = new MessageView(snapshot.columns);
    this.uidNext = snapshot.uidNext;
    this.modSeq = snapshot.modSeq;
    this.highestModSeq = snapshot.highestModSeq;
    for (const keywords of snapshot.columns.keywords.values()) this.#learnKeywords(keywords);
  }

  get stale(): boolean {
    return this.#hinted > Math.max(this.modSeq, this.#followed);
  }

  /** All uids that the mailbox ever had. */
  get everyUid(): Ranges {
    return this.uidNext > 1 ? [[1, this.uidNext - 1]] : [];
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

  /** The session itself changed the mailbox, and has taken that in: only what happened between is still to be asked for. */
  advance(modSeq: ModSeq): void {
    if (modSeq === this.modSeq + 1) {
      this.modSeq = modSeq;
      this.highestModSeq = modSeq;
    } else if (modSeq > this.modSeq) this.hint(modSeq);
  }

  // ---- what the client is told

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

  /** IMAP4rev2 has no RECENT. */
  tellCounts(out: ResponseWriter): void {
    out.line(`* ${this.view.count} EXISTS`);
    if (!this.#client.enabled.has('IMAP4REV2')) out.line(`* ${this.view.recent} RECENT`);
  }

  tellHighestModSeq(out: ResponseWriter): void {
    out.line(`* OK [HIGHESTMODSEQ ${this.highestModSeq}] Highest mod-sequence`);
  }

  /** EXPUNGE, or VANISHED where sequence numbers are not what the client counts by (RFC 7162 §3.2.10, RFC 9586 §3.4). */
  tellExpunged(out: ResponseWriter): void {
    const { enabled } = this.#client;
    if (this.view.expunged > 0) this.following?.tellRemoved(this.view, out);
    if (!enabled.has('QRESYNC') && !enabled.has('UIDONLY')) {
      this.view.removeExpunged((sequence) => out.line(`* ${sequence} EXPUNGE`));
      return;
    }
    const uids: number[] = [];
    this.view.removeExpunged((_, uid) => uids.push(uid));
    tellVanished(out, rangesOf(uids), '');
  }

  tellMessageFlags(position: number, out: ResponseWriter): void {
    const uid = this.#client.enabled.has('UIDONLY') ? '' : `UID ${this.view.uids[position]} `;
    out.line(
      `${this.fetchStart(position)}${uid}FLAGS (${this.flagsAt(position)})${this.modSeqItem(position)})`,
    );
  }

  /** After .SILENT (RFC 7162 §3.1.3): the MODSEQ alone, for a client that knows of them. */
  tellModSeq(position: number, out: ResponseWriter): void {
    const { enabled } = this.#client;
    if (!enabled.has('CONDSTORE')) return;
    const uid = enabled.has('UIDONLY') ? '' : `UID ${this.view.uids[position]} `;
    out.line(`${this.fetchStart(position)}${uid}MODSEQ (${this.view.modSeqs[position]}))`);
  }

  /** `* 3 FETCH (`, and `* 17 UIDFETCH (` where there are no sequence numbers (RFC 9586 §3.3). */
  fetchStart(position: number): string {
    return this.#client.enabled.has('UIDONLY')
      ? `* ${this.view.uids[position]} UIDFETCH (`
      : `* ${position + 1} FETCH (`;
  }

  /** ` MODSEQ (12)`, where each change of flags is told with it (RFC 7162 §3.1.4.2). */
  modSeqItem(position: number): string {
    return this.#client.enabled.has('CONDSTORE') ? ` MODSEQ (${this.view.modSeqs[position]})` : '';
  }

  flagsAt(position: number): string {
    const { view } = this;
    const flags = view.flags[position]!;
    const told = this.#client.enabled.has('IMAP4REV2') ? flags & ~RECENT : flags;
    return formatFlags(told, view.keywords.get(view.uids[position]!));
  }

  // ---- changes

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
    this.uidNext = Math.max(this.uidNext, changes.uidNext);
    const highest = changes.more ? changes.modSeq : (changes.highestModSeq ?? changes.modSeq);
    this.highestModSeq = Math.max(this.highestModSeq, Math.min(highest, changes.modSeq));
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

  #merge(columns: MessageColumns, recentFrom: number, out: ResponseWriter): void {
    const { view } = this;
    const known = view.lastUid;
    const changed = this.mergeFlags(columns, out);
    const before = view.count;
    const recentBefore = view.recent;
    for (let at = 0; at < columns.uids.length; at += 1) {
      const uid = columns.uids[at]!;
      if (uid <= known) continue;
      const flags = (columns.flags[at]! & SYSTEM) | (uid >= recentFrom ? RECENT : 0);
      view.append(uid, flags, columns.modSeqs[at]!);
      this.following?.added(uid);
    }
    let learnt = false;
    for (const [at, keywords] of columns.keywords) {
      const uid = columns.uids[at]!;
      if (uid <= known) continue;
      view.setKeywords(uid, keywords);
      learnt = this.#learnKeywords(keywords) || learnt;
    }
    if (learnt) this.tellFlags(out);
    if (view.count !== before || view.recent !== recentBefore) this.tellCounts(out);
    if (!this.#client.rule.flags) return;
    for (const position of changed) {
      if (!(view.flags[position]! & EXPUNGED)) this.tellMessageFlags(position, out);
    }
  }

  /** True when the client has something to hear of; a MODSEQ alone is that too once it knows of them. */
  #setFlags(position: number, flags: number, keywords: readonly string[], modSeq: number): boolean {
    const { view } = this;
    const uid = view.uids[position]!;
    const old = view.flags[position]!;
    const same = (old & SYSTEM) === (flags & SYSTEM) && sameKeywords(view.keywords.get(uid), keywords);
    const sameModSeq = view.modSeqs[position] === modSeq;
    view.setModSeq(position, modSeq);
    if (!sameModSeq) this.following?.changed(uid);
    if (same) return !sameModSeq && this.#client.enabled.has('CONDSTORE');
    view.setFlags(position, (flags & SYSTEM) | (old & ~SYSTEM));
    view.setKeywords(uid, keywords);
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
}

/** Ranges of a sequence set over uids as an operation returns it. */
export function uidRanges(text: string): Ranges {
  return text === '' ? [] : resolveSequenceSet(parseNumberSet(text) ?? [], 0);
}

function sameKeywords(a: readonly string[] | undefined, b: readonly string[]): boolean {
  if (a === undefined) return b.length === 0;
  return a.length === b.length && a.every((keyword, at) => keyword === b[at]);
}
