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

/**
 * The messages of a mailbox as one session's client knows them: position in the arrays + 1 is the sequence number.
 * Columns of typed arrays, 13 bytes a message.
 */
export class MessageView {
  uids = new Uint32Array(64);
  /** System flags, RECENT, EXPUNGED. */
  flags = new Uint8Array(64);
  modSeqs = new Float64Array(64);
  /** By uid, only the messages that have any. */
  readonly keywords = new Map<number, readonly string[]>();
  count = 0;
  recent = 0;
  /** Messages marked EXPUNGED. */
  expunged = 0;
  /** What `$` stands for (RFC 5182): uids, some of which may be gone. */
  saved: Ranges = [];

  /** The highest uid, or 0. */
  get lastUid(): number {
    return this.count === 0 ? 0 : this.uids[this.count - 1]!;
  }

  /** Position of a uid, or -1. */
  indexOf(uid: number): number {
    const at = this.lowerBound(uid);
    return at < this.count && this.uids[at] === uid ? at : -1;
  }

  /** Position of the first uid not below `uid`. */
  lowerBound(uid: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.uids[middle]! < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `uid` must be above all others. */
  append(uid: number, flags: number, modSeq: number): void {
    if (this.count === this.uids.length) this.#grow();
    const at = this.count;
    this.uids[at] = uid;
    this.flags[at] = flags;
    this.modSeqs[at] = modSeq;
    this.count += 1;
    if (flags & RECENT) this.recent += 1;
  }

  markExpunged(ranges: Ranges): void {
    for (const [first, last] of ranges) {
      for (let at = this.lowerBound(first); at < this.count && this.uids[at]! <= last; at += 1) {
        if (this.flags[at]! & EXPUNGED) continue;
        this.flags[at]! |= EXPUNGED;
        this.expunged += 1;
      }
    }
  }

  /** Takes the marked messages out; calls `tell` with the sequence number each has at that moment. */
  removeExpunged(tell: (sequence: number) => void): void {
    if (this.expunged === 0) return;
    let kept = 0;
    for (let at = 0; at < this.count; at += 1) {
      const flags = this.flags[at]!;
      if (flags & EXPUNGED) {
        tell(kept + 1);
        if (flags & RECENT) this.recent -= 1;
        this.keywords.delete(this.uids[at]!);
        continue;
      }
      if (kept !== at) {
        this.uids[kept] = this.uids[at]!;
        this.flags[kept] = flags;
        this.modSeqs[kept] = this.modSeqs[at]!;
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
    this.saved = rangesOf(positions.map((position) => this.uids[position]!));
  }

  #upperBound(uid: number): number {
    const at = this.lowerBound(uid);
    return at < this.count && this.uids[at] === uid ? at + 1 : at;
  }

  #grow(): void {
    const size = this.uids.length * 2;
    this.uids = copied(new Uint32Array(size), this.uids);
    this.flags = copied(new Uint8Array(size), this.flags);
    this.modSeqs = copied(new Float64Array(size), this.modSeqs);
  }
}

function copied<Column extends { set(from: Column): void }>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
