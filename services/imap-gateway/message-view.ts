import {
  type Ranges,
  rangesOf,
  resolveSequenceSet,
  SAVED_RESULT,
  type SequenceSet,
} from '../../shared/protocol/imap/sequence-set.ts';

/** \Recent in this session. */
export const RECENT = 32;
/** Gone from the mailbox, not yet told to the client: it keeps its sequence number until then. */
export const EXPUNGED = 64;
/** The bits of `Flag`. */
export const SYSTEM = 31;

/** Messages as columns, ascending by uid. Never written to once they are here: several views may share them. */
export interface ViewColumns {
  readonly count: number;
  readonly uids: Uint32Array;
  /** System flags. */
  readonly flags: Uint8Array;
  readonly modSeqs: Float64Array;
  /** By uid, only the messages that have any. */
  readonly keywords: ReadonlyMap<number, readonly string[]>;
}

const NO_KEYWORDS: ReadonlyMap<number, readonly string[]> = new Map();

export const NO_MESSAGES: ViewColumns = {
  count: 0,
  uids: new Uint32Array(0),
  flags: new Uint8Array(0),
  modSeqs: new Float64Array(0),
  keywords: NO_KEYWORDS,
};

/** Columns that a view has for itself; the others it shares, and copies before it writes to them. */
const UIDS = 1;
const FLAGS = 2;
const MOD_SEQS = 4;
const KEYWORDS = 8;

const LEAST_SIZE = 16;

/**
 * The messages of a mailbox as one session's client knows them: position in the arrays + 1 is the sequence number.
 * Columns of typed arrays, 13 bytes a message; as long as it only reads them, it shares them with other views.
 */
export class MessageView {
  count: number;
  recent = 0;
  /** Messages marked EXPUNGED. */
  expunged = 0;
  /** What `$` stands for (RFC 5182): uids, some of which may be gone. */
  saved: Ranges = [];
  #uids: Uint32Array;
  #flags: Uint8Array;
  #modSeqs: Float64Array;
  #keywords: ReadonlyMap<number, readonly string[]>;
  #owned = 0;

  constructor(columns: ViewColumns = NO_MESSAGES) {
    this.count = columns.count;
    this.#uids = columns.uids;
    this.#flags = columns.flags;
    this.#modSeqs = columns.modSeqs;
    this.#keywords = columns.keywords;
  }

  get uids(): Readonly<Uint32Array> {
    return this.#uids;
  }

  /** System flags, RECENT, EXPUNGED. */
  get flags(): Readonly<Uint8Array> {
    return this.#flags;
  }

  get modSeqs(): Readonly<Float64Array> {
    return this.#modSeqs;
  }

  get keywords(): ReadonlyMap<number, readonly string[]> {
    return this.#keywords;
  }

  /** The columns as they are now, no longer than they have to be. Only for views that were never RECENT or EXPUNGED. */
  columns(): ViewColumns {
    const { count } = this;
    this.#owned = 0;
    if (this.#uids.length !== count) {
      this.#uids = this.#uids.slice(0, count);
      this.#flags = this.#flags.slice(0, count);
      this.#modSeqs = this.#modSeqs.slice(0, count);
    }
    return { count, uids: this.#uids, flags: this.#flags, modSeqs: this.#modSeqs, keywords: this.#keywords };
  }

  /** The highest uid, or 0. */
  get lastUid(): number {
    return this.count === 0 ? 0 : this.#uids[this.count - 1]!;
  }

  /** Position of a uid, or -1. */
  indexOf(uid: number): number {
    const at = this.lowerBound(uid);
    return at < this.count && this.#uids[at] === uid ? at : -1;
  }

  /** Position of the first uid not below `uid`. */
  lowerBound(uid: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#uids[middle]! < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `uid` must be above all others. */
  append(uid: number, flags: number, modSeq: number): void {
    const full = this.count === this.#uids.length;
    this.#own(UIDS | FLAGS | MOD_SEQS, full ? Math.max(LEAST_SIZE, this.count * 2) : this.#uids.length);
    const at = this.count;
    this.#uids[at] = uid;
    this.#flags[at] = flags;
    this.#modSeqs[at] = modSeq;
    this.count += 1;
    if (flags & RECENT) this.recent += 1;
  }

  setFlags(position: number, flags: number): void {
    if (this.#flags[position] === flags) return;
    this.#own(FLAGS);
    this.#flags[position] = flags;
  }

  setModSeq(position: number, modSeq: number): void {
    if (this.#modSeqs[position] === modSeq) return;
    this.#own(MOD_SEQS);
    this.#modSeqs[position] = modSeq;
  }

  setKeywords(uid: number, keywords: readonly string[]): void {
    if (keywords.length === 0 && !this.#keywords.has(uid)) return;
    if (!(this.#owned & KEYWORDS)) {
      this.#keywords = new Map(this.#keywords);
      this.#owned |= KEYWORDS;
    }
    const own = this.#keywords as Map<number, readonly string[]>;
    if (keywords.length === 0) own.delete(uid);
    else own.set(uid, keywords);
  }

  /** Those from this uid on, below the other, are \Recent. */
  markRecent(from: number, below: number): void {
    for (let at = this.lowerBound(from); at < this.count && this.#uids[at]! < below; at += 1) {
      if (this.#flags[at]! & RECENT) continue;
      this.setFlags(at, this.#flags[at]! | RECENT);
      this.recent += 1;
    }
  }

  markExpunged(ranges: Ranges): void {
    for (const [first, last] of ranges) {
      for (let at = this.lowerBound(first); at < this.count && this.#uids[at]! <= last; at += 1) {
        if (this.#flags[at]! & EXPUNGED) continue;
        this.setFlags(at, this.#flags[at]! | EXPUNGED);
        this.expunged += 1;
      }
    }
  }

  /** Takes the marked messages out; calls `tell` with the sequence number each has at that moment, and its uid. */
  removeExpunged(tell: (sequence: number, uid: number) => void): void {
    if (this.expunged === 0) return;
    this.#own(UIDS | FLAGS | MOD_SEQS);
    let kept = 0;
    for (let at = 0; at < this.count; at += 1) {
      const flags = this.#flags[at]!;
      if (flags & EXPUNGED) {
        tell(kept + 1, this.#uids[at]!);
        if (flags & RECENT) this.recent -= 1;
        this.setKeywords(this.#uids[at]!, []);
        continue;
      }
      if (kept !== at) {
        this.#uids[kept] = this.#uids[at]!;
        this.#flags[kept] = flags;
        this.#modSeqs[kept] = this.#modSeqs[at]!;
      }
      kept += 1;
    }
    this.count = kept;
    this.expunged = 0;
  }

  /**
   * Positions that a sequence set names, ascending; undefined when a sequence number is above all messages, be it the
   * end of a range (RFC 3501 §9 seq-number; so does Dovecot, and clients live with it). Only `*` in an empty mailbox
   * is let pass: `1:*` after SELECT is common.
   */
  positions(set: SequenceSet, uid: boolean): number[] | undefined {
    const byUid = uid || set === SAVED_RESULT;
    const ranges = byUid ? this.uidRanges(set) : resolveSequenceSet(set, this.count);
    const positions: number[] = [];
    for (const [first, last] of ranges) {
      if (!byUid && last > this.count) return undefined;
      const from = byUid ? this.lowerBound(first) : first - 1;
      const to = byUid ? this.#upperBound(last) : last;
      for (let at = from; at < to; at += 1) positions.push(at);
    }
    return positions;
  }

  /** A set of uids, or what `$` stands for. */
  uidRanges(set: SequenceSet): Ranges {
    return set === SAVED_RESULT ? this.saved : resolveSequenceSet(set, this.lastUid);
  }

  /** SAVE: ascending positions. */
  save(positions: readonly number[]): void {
    this.saved = rangesOf(positions.map((position) => this.#uids[position]!));
  }

  #upperBound(uid: number): number {
    const at = this.lowerBound(uid);
    return at < this.count && this.#uids[at] === uid ? at + 1 : at;
  }

  /** Copies columns that are shared, or too short, before they are written to. */
  #own(columns: number, size = this.#uids.length): void {
    const grows = size > this.#uids.length;
    const missing = grows ? columns : columns & ~this.#owned;
    if (missing === 0) return;
    if (missing & UIDS) this.#uids = copied(new Uint32Array(size), this.#uids);
    if (missing & FLAGS) this.#flags = copied(new Uint8Array(size), this.#flags);
    if (missing & MOD_SEQS) this.#modSeqs = copied(new Float64Array(size), this.#modSeqs);
    this.#owned |= missing;
  }
}

function copied<Column extends { set(from: Column): void }>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
