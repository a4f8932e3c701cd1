import type { Ledger } from '../soak/ledger.ts';

/** `acknowledged`: the server said so, it must hold. `unknown`: asked for, and no answer or a refusal: either is right. */
export type Answer = 'acknowledged' | 'unknown';
export type Deed = 'seen' | 'flagged' | 'moved' | 'expunged';

export interface SeenMessage {
  readonly messageId: string;
  deed?: { readonly what: Deed; answer: Answer };
}

/** What one reader saw and did in an account, outside of the cluster. */
export interface AccountBook {
  readonly address: string;
  uidValidity: number;
  highestUid: number;
  /** INBOX, by uid. */
  readonly seen: Map<number, SeenMessage>;
  /** Appended to Archive: Message-ID → answer. */
  readonly appended: Map<string, Answer>;
  /** Deleted by POP3, Message-ID → how often, by answer. */
  readonly deleted: Map<string, { acknowledged: number; unknown: number }>;
  /** Unique-ids that POP3 deleted: they must not come back. */
  readonly deletedUidl: Set<string>;
  readonly wrong: string[];
}

export const openBook = (address: string): AccountBook => ({
  address,
  uidValidity: 0,
  highestUid: 0,
  seen: new Map(),
  appended: new Map(),
  deleted: new Map(),
  deletedUidl: new Set(),
  wrong: [],
});

/** A message at a uid, as a reader met it: writes it down, and what is wrong with it. */
export function meet(
  book: AccountBook,
  ledger: Ledger,
  at: { readonly uid: number; readonly uidValidity: number },
  found: { readonly messageId: string | undefined; readonly sha256: string; readonly cleanPrefix: boolean },
): void {
  const what = `${book.address} INBOX ${at.uid} ${found.messageId}`;
  book.uidValidity ||= at.uidValidity;
  if (book.uidValidity !== at.uidValidity) book.wrong.push(`UIDVALIDITY changed: ${what}`);
  const before = book.seen.get(at.uid);
  if (before) {
    if (before.messageId !== found.messageId)
      book.wrong.push(`uid stood for ${before.messageId} before: ${what}`);
    return;
  }
  if (at.uid <= book.highestUid) book.wrong.push(`uid did not rise: ${what}`);
  book.highestUid = Math.max(book.highestUid, at.uid);
  book.seen.set(at.uid, { messageId: found.messageId ?? '' });
  book.wrong.push(...contentProblems(book, ledger, found, what));
}

export function contentProblems(
  book: AccountBook,
  ledger: Ledger,
  found: { readonly messageId: string | undefined; readonly sha256: string; readonly cleanPrefix: boolean },
  what: string,
): string[] {
  const entry = ledger.entries.get(found.messageId ?? '');
  if (!entry?.forwardPaths.includes(book.address)) return [`another's message: ${what}`];
  return entry.sha256 === found.sha256 && found.cleanPrefix ? [] : [`altered: ${what}`];
}
