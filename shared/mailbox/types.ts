/** The words of the mailbox: branded so that one kind of number is never taken for another. */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]?: Name };

/** An account's number, as a decimal string (bigint in Postgres). */
export type AccountId = Branded<string, 'AccountId'>;
/** A mailbox' number within its account; never reused. Decimal string. Also the MAILBOXID of RFC 8474. */
export type MailboxId = Branded<string, 'MailboxId'>;
/** Immutable message content (RFC 8474 EMAILID): 32 hex digits, time-ordered. */
export type EmailId = Branded<string, 'EmailId'>;
/** A thread of an account (RFC 8474 THREADID): 32 hex digits, those of the EmailId of its first message. */
export type ThreadId = Branded<string, 'ThreadId'>;
/** 1 … 2^32-1, RFC 9051 §2.3.1.1. */
export type Uid = Branded<number, 'Uid'>;
/** 1 … 2^53-1 (RFC 7162 allows 63 bits; one account never gets there). One order per account. */
export type ModSeq = Branded<number, 'ModSeq'>;

/** System flags as bits, so that a mailbox of 100,000 is two number arrays. */
export const Flag = {
  Seen: 1,
  Answered: 2,
  Flagged: 4,
  Deleted: 8,
  Draft: 16,
} as const;

export const FLAG_NAMES: readonly (readonly [string, number])[] = [
  ['\\Seen', Flag.Seen],
  ['\\Answered', Flag.Answered],
  ['\\Flagged', Flag.Flagged],
  ['\\Deleted', Flag.Deleted],
  ['\\Draft', Flag.Draft],
];

export interface FlagSet {
  /** Bits of `Flag`. */
  readonly system: number;
  /** Keywords as first written; compared without case. Sorted. At most MAX_KEYWORDS a message. */
  readonly keywords: readonly string[];
}

/** RFC 9051 §2.3.2 leaves it to the server; 64 keywords of up to 128 bytes keep a row small. */
export const MAX_KEYWORDS = 64;
export const MAX_KEYWORD_BYTES = 128;
/** Levels are separated by '/', names are UTF-8 (NFC), INBOX in any case is INBOX. */
export const HIERARCHY_DELIMITER = '/';
export const MAX_MAILBOX_NAME_BYTES = 1024;
export const MAX_MAILBOX_DEPTH = 32;
/** Both together keep a list of all mailboxes below the bus' payload limit. Names that only a subscription keeps count too. */
export const MAX_MAILBOXES = 2_000;
export const MAX_MAILBOX_NAMES_BYTES = 250_000;

/** RFC 6154 attributes, stored without the backslash. */
export type SpecialUse = 'All' | 'Archive' | 'Drafts' | 'Flagged' | 'Junk' | 'Sent' | 'Trash';

export interface MailboxInfo {
  readonly mailboxId: MailboxId;
  /** Full name, levels separated by '/'. */
  readonly name: string;
  readonly uidValidity: number;
  readonly uidNext: Uid;
  /** Highest MODSEQ of any change in this mailbox. */
  readonly modSeq: ModSeq;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  /** Messages not yet claimed as \Recent by any session (RFC 3501). */
  readonly recent: number;
  /** Sum of sizes, bytes. */
  readonly size: number;
  readonly specialUse: SpecialUse | null;
  /** False: it only has children (\NonExistent placeholder), or is subscribed but gone. */
  readonly exists: boolean;
  readonly subscribed: boolean;
  /** Where JMAP clients have put it; missing: nowhere. */
  readonly sortOrder?: number;
  /** Letters of RFC 4314 that who asks has here; missing: all, the owner's. */
  readonly rights?: string;
}

/** One identifier of an access control list, as it is told to clients, with its rights. */
export interface AclEntry {
  readonly identifier: string;
  readonly rights: string;
}

/** Entries of one access control list: each of them is looked at whenever another account asks for something. */
export const MAX_ACL_ENTRIES = 200;
/** Other accounts' mailboxes are below it, by the owner's address: `Shared/bob@example.test/Project`. */
export const SHARED_NAMESPACE = 'Shared';

/** Messages of one mailbox as columns of equal length, ascending by uid. */
export interface MessageColumns {
  readonly uids: readonly Uid[];
  /** System flag bits. */
  readonly flags: readonly number[];
  readonly modSeqs: readonly ModSeq[];
  /** Only the messages that have keywords: index into `uids` → keywords. */
  readonly keywords: readonly (readonly [number, readonly string[]])[];
}

/** What never changes about a message in a mailbox. */
export interface MessageFacts {
  readonly uid: Uid;
  readonly emailId: EmailId;
  /** RFC822.SIZE, bytes. */
  readonly size: number;
  /** INTERNALDATE, Unix time in milliseconds. */
  readonly internalDate: number;
  /** When it came into this mailbox (RFC 8514), Unix time in milliseconds. */
  readonly saveDate: number;
}
