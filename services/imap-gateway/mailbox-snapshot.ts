import type { MailboxReply } from '../../shared/mailbox/operations.ts';
import type { ModSeq, Uid } from '../../shared/mailbox/types.ts';
import { MessageView, NO_MESSAGES, SYSTEM, type ViewColumns } from './message-view.ts';
import { uidRanges } from './selected-mailbox.ts';

/** A mailbox as it was at one MODSEQ of its account. It never changes, and any number of sessions start from it. */
export interface MailboxSnapshot {
  readonly columns: ViewColumns;
  readonly modSeq: ModSeq;
  readonly highestModSeq: ModSeq;
  readonly uidNext: Uid;
}

export const NO_SNAPSHOT: MailboxSnapshot = {
  columns: NO_MESSAGES,
  modSeq: 0,
  highestModSeq: 0,
  uidNext: 1,
};

/** Puts a snapshot together from the pages of the actor. */
export class SnapshotLoader {
  readonly #view = new MessageView();
  #first: MailboxReply<'snapshot'> | undefined;

  get afterUid(): Uid {
    return this.#view.lastUid;
  }

  add(page: MailboxReply<'snapshot'>): void {
    this.#first ??= page;
    const { uids, flags, modSeqs, keywords } = page.columns;
    for (let at = 0; at < uids.length; at += 1)
      if (uids[at]! > this.#view.lastUid) this.#view.append(uids[at]!, flags[at]! & SYSTEM, modSeqs[at]!);
    for (const [at, words] of keywords) this.#view.setKeywords(uids[at]!, words);
  }

  /** The first page's MODSEQ counts: what changes while later ones are read comes again with the next `changes`. */
  finish(uidNext: Uid): MailboxSnapshot {
    const { modSeq, highestModSeq = modSeq } = this.#first!;
    return { columns: this.#view.columns(), modSeq, highestModSeq, uidNext };
  }
}

/** The snapshot that these changes make of this one. */
export function changedSnapshot(before: MailboxSnapshot, changes: MailboxReply<'changes'>): MailboxSnapshot {
  const { columns, expunged, modSeq, highestModSeq = modSeq, uidNext, more } = changes;
  const view = new MessageView(before.columns);
  if (expunged !== '') {
    view.markExpunged(uidRanges(expunged));
    view.removeExpunged(() => {});
  }
  const known = view.lastUid;
  const keywords = new Map(columns.keywords);
  for (let at = 0; at < columns.uids.length; at += 1) {
    const uid = columns.uids[at]!;
    const position = view.indexOf(uid);
    if (position < 0 && uid <= known) continue;
    if (position < 0) view.append(uid, columns.flags[at]! & SYSTEM, columns.modSeqs[at]!);
    else {
      view.setFlags(position, columns.flags[at]! & SYSTEM);
      view.setModSeq(position, columns.modSeqs[at]!);
    }
    view.setKeywords(uid, keywords.get(at) ?? []);
  }
  const highest = Math.max(before.highestModSeq, Math.min(more ? modSeq : highestModSeq, modSeq));
  return {
    columns: view.columns(),
    modSeq: Math.max(before.modSeq, modSeq),
    highestModSeq: highest,
    uidNext,
  };
}
