import type { ChangeableFlags, Rights } from './rights.ts';
import type {
  AccountId,
  AclEntry,
  EmailId,
  FlagSet,
  MailboxId,
  MailboxInfo,
  MessageColumns,
  MessageFacts,
  ModSeq,
  SpecialUse,
  Uid,
} from './types.ts';

/**
 * The operations of the mailbox actor: the verb is the last token of `mailbox.<partition>.<verb>`.
 * All values are JSON. Each request names its account; the actor's key is the account.
 * A refusal is a value (`MailboxRefusal`), never a thrown error.
 * What an account that is not the owner (`as`) may ask is said in one place: `services/mailbox-store/access.ts`.
 */
export interface MailboxOperations {
  /** All mailboxes of the account, INBOX first, then by name; placeholders (`exists: false`) included. */
  list: { request: { account: AccountId }; reply: { mailboxes: MailboxInfo[]; modSeq: ModSeq } };
  /** One mailbox by name. `deletedSize`: tells it too, which costs a look at each message. Refusals: not-found. */
  status: {
    request: { account: AccountId; name: string; deletedSize?: boolean };
    reply: MailboxInfo & {
      /** Sum of the sizes of messages with \\Deleted, bytes. */
      readonly deletedSize?: number;
    };
  };
  /** Creates with all missing parents. Refusals: exists, bad-name, limit. */
  create: {
    request: { account: AccountId; name: string; specialUse?: SpecialUse };
    reply: { mailboxId: MailboxId };
  };
  /** Deletes the mailbox and its messages; children stay (the name becomes \NonExistent). Refusals: not-found, inbox, has-children (placeholder with children). */
  delete: { request: { account: AccountId; name: string }; reply: Record<string, never> };
  /** Renames with all children; INBOX: moves its messages into the new mailbox (RFC 9051 §6.3.6). Refusals: not-found, exists, bad-name. */
  rename: { request: { account: AccountId; from: string; to: string }; reply: { mailboxId: MailboxId } };
  /** Sets or clears the subscription; a name need not exist (RFC 3501 §6.3.6). */
  subscribe: {
    request: { account: AccountId; name: string; subscribed: boolean };
    reply: Record<string, never>;
  };
  /**
   * For SELECT and EXAMINE. `claimRecent` (SELECT): uids ≥ recentFrom are \Recent in this session and in no later one.
   * Refusals: not-found.
   */
  select: {
    request: { account: AccountId; name: string; claimRecent: boolean };
    reply: {
      mailbox: MailboxInfo;
      /** First uid that is \Recent in this session; uidNext if none. */
      recentFrom: Uid;
      /** Of who asks; missing: all, the owner's. */
      rights?: Rights;
    };
  };
  /** Messages with uid > `afterUid`, ascending, at most `limit` (≤ 20,000); `modSeq`: the account's, as of this page. */
  snapshot: {
    request: { account: AccountId; mailboxId: MailboxId; afterUid: Uid; limit: number };
    reply: {
      columns: MessageColumns;
      modSeq: ModSeq;
      /** Of the mailbox' last change; left out by stores of the release before. */
      highestModSeq?: ModSeq;
      uidNext: Uid;
      more: boolean;
    };
  };
  /**
   * Uids expunged from the mailbox after `sinceModSeq`, as a sequence set (RFC 7162 §3.2.5).
   * Refusals: not-found (mailbox gone); too-old (the journal no longer reaches back, or there are too many).
   */
  vanished: {
    request: { account: AccountId; mailboxId: MailboxId; sinceModSeq: ModSeq };
    reply: { expunged: string };
  };
  /**
   * Everything that changed in the mailbox after `sinceModSeq`: flags and new messages as columns (absolute values),
   * expunged uids as a sequence set ("3:5,9"). Applying it twice does no harm. `more`: ask on from the `modSeq` returned.
   * Refusals: not-found (mailbox gone); too-old (the journal no longer reaches back to `sinceModSeq`: take a new snapshot).
   */
  changes: {
    request: { account: AccountId; mailboxId: MailboxId; sinceModSeq: ModSeq; claimRecent: boolean };
    reply: {
      columns: MessageColumns;
      expunged: string;
      modSeq: ModSeq;
      /** As in `snapshot`. */
      highestModSeq?: ModSeq;
      uidNext: Uid;
      recentFrom: Uid;
      more: boolean;
      /** Of who asks; missing: all, the owner's. */
      rights?: Rights;
    };
  };
  /** Facts of the named uids (sequence set over uids, at most 5,000 returned, ascending; ask on from the last). */
  facts: {
    request: { account: AccountId; mailboxId: MailboxId; uids: string };
    reply: { facts: MessageFacts[]; more: boolean };
  };
  /** STORE, over at most 20,000 messages a request. `unchangedSince` (RFC 7162): uids changed later are left alone and returned in `modified`. `replace` keeps nothing. Refusals: not-found, limit. */
  store: {
    request: {
      account: AccountId;
      mailboxId: MailboxId;
      /** Sequence set over uids; uids that do not exist are passed over. */
      uids: string;
      mode: 'add' | 'remove' | 'replace';
      flags: FlagSet;
      unchangedSince?: ModSeq;
      /** Flags out of it stay as they are. Missing: all may be changed. */
      changeable?: ChangeableFlags;
    };
    /** `columns`: the messages changed, as they are now. `modified`: sequence set. */
    reply: {
      columns: MessageColumns;
      modified: string;
      modSeq: ModSeq;
      /** Messages whose flags are others now; `modSeq` is of this change then. Left out by stores of the release before. */
      changed?: number;
    };
  };
  /**
   * Puts messages whose bytes are already in storage into a mailbox, all or none (MULTIAPPEND).
   * A repeated `requestId` is answered, not done again. Refusals: not-found, over-quota, limit; `replaces` (RFC 8508:
   * that message leaves its mailbox in the same step): expunged.
   */
  append: {
    request: {
      account: AccountId;
      requestId: string;
      name: string;
      replaces?: { mailboxId: MailboxId; uid: Uid };
      messages: { emailId: EmailId; size: number; internalDate: number; flags: FlagSet }[];
    };
    reply: { mailboxId: MailboxId; uidValidity: number; uids: Uid[]; modSeq: ModSeq };
  };
  /** COPY (`move: false`) or MOVE within the account, over at most 20,000 messages a request. Refusals: not-found, over-quota, limit, expunged. Repeats as in append. */
  copy: {
    request: {
      account: AccountId;
      requestId: string;
      from: MailboxId;
      uids: string;
      to: string;
      move: boolean;
      /** All or none: refused as `expunged` when a uid does not exist. Without it, those are passed over. */
      whole?: boolean;
      /** Flags out of it are not copied. Missing: all are. */
      changeable?: ChangeableFlags;
    };
    /** Pairs in ascending source order. */
    reply: {
      mailboxId: MailboxId;
      uidValidity: number;
      sourceUids: Uid[];
      targetUids: Uid[];
      modSeq: ModSeq;
    };
  };
  /** Removes messages with \Deleted, of `uids` when given; `always: true` removes them whatever their flags (POP3 at QUIT). */
  expunge: {
    request: { account: AccountId; mailboxId: MailboxId; uids?: string; always?: boolean };
    reply: { expunged: string; modSeq: ModSeq };
  };
  /**
   * The maildrop lock (RFC 1939 §3): held by one session, renewed within 60 s, lost when the actor moves.
   * Refusals: in-use.
   */
  lockMaildrop: { request: { account: AccountId; session: string }; reply: { mailboxId: MailboxId } };
  unlockMaildrop: { request: { account: AccountId; session: string }; reply: Record<string, never> };
  /** The mailbox' access control list without the owner, who always has all rights. Refusals: not-found. */
  getAcl: {
    request: { account: AccountId; name: string };
    reply: { owner: string; entries: AclEntry[] };
  };
  /**
   * Changes the rights of one identifier (as a client writes it); without rights, its entry goes (SETACL and DELETEACL,
   * RFC 4314 §3.1, §3.2). Refusals: not-found, bad-identifier, owner, limit.
   */
  setAcl: {
    request: {
      account: AccountId;
      name: string;
      identifier: string;
      mode: 'add' | 'remove' | 'replace';
      rights: Rights;
    };
    reply: Record<string, never>;
  };
  /** Rights that the identifier always has, and those that it may be given. Refusals: not-found, bad-identifier. */
  listRights: {
    request: { account: AccountId; name: string; identifier: string };
    reply: { required: Rights; optional: Rights };
  };
  /** Refusals: not-found, also when there are no rights that would let it be known. */
  myRights: { request: { account: AccountId; name: string }; reply: { rights: Rights } };
  /**
   * Takes the next messages of the mailbox' account into the search index, for who waits for what is only there (threads).
   * `more`: ask again.
   */
  index: { request: { account: AccountId; mailboxId: MailboxId }; reply: { more: boolean } };
  /**
   * Annotations (RFC 5464) by the stored names of their entries; `name` '': of the server. With `depth` also those below.
   * Values in base64; null: there is none of a name that was asked for with `depth` 0. `longest`: of the values that were
   * left out for their size, bytes; 0: none. Refusals: not-found.
   */
  getMetadata: {
    request: {
      account: AccountId;
      name: string;
      entries: string[];
      depth: 0 | 1 | 'infinity';
      maxSize?: number;
    };
    reply: { values: { entry: string; value: string | null }[]; longest: number };
  };
  /** Sets all of these, or none; null: the entry goes. Refusals: not-found, no-permission, annotation-size, annotation-count, special-use. */
  setMetadata: {
    request: { account: AccountId; name: string; values: { entry: string; value: string | null }[] };
    reply: Record<string, never>;
  };
  /**
   * Which annotations there are that who asks may read, of all mailboxes and of the server (`mailboxId` 0), with a digest of each
   * value: for who wants to see what has changed. Refusals: limit.
   */
  annotations: {
    request: { account: AccountId };
    reply: { annotations: { mailboxId: MailboxId; entry: string; digest: string }[] };
  };
  /**
   * Emails as JMAP has them (RFC 8621 §4.6): by EmailId, in all of their mailboxes at once. Each object by itself is done or
   * refused; all in one turn. `ifModSeq`: nothing is done unless the account is there (state-mismatch). Repeats as in append.
   * Refusals of an object: not-found, no-mailbox, over-quota, limit.
   */
  setEmails: {
    request: {
      account: AccountId;
      requestId: string;
      ifModSeq?: ModSeq;
      /** Their bytes are in storage. */
      create: readonly {
        emailId: EmailId;
        size: number;
        internalDate: number;
        flags: FlagSet;
        mailboxIds: readonly MailboxId[];
      }[];
      update: readonly EmailUpdate[];
      destroy: readonly EmailId[];
    };
    /** In the order of the request; null: done. */
    reply: {
      created: (MailboxRefusal | null)[];
      updated: (MailboxRefusal | null)[];
      destroyed: (MailboxRefusal | null)[];
      oldModSeq: ModSeq;
      modSeq: ModSeq;
    };
  };
  /** What a mailbox is beside its name; what is missing stays. Refusals: not-found, exists (another has that use). */
  setMailbox: {
    request: {
      account: AccountId;
      mailboxId: MailboxId;
      specialUse?: SpecialUse | null;
      /** null: by its use. */
      sortOrder?: number | null;
      subscribed?: boolean;
    };
    reply: Record<string, never>;
  };
  /**
   * What JMAP keeps beside mail, as its text; null: it goes. All or none. Refusals: limit; state-mismatch: the account
   * is not at `ifModSeq`.
   */
  putObjects: {
    request: {
      account: AccountId;
      type: AccountObjectType;
      ifModSeq?: ModSeq;
      objects: readonly { id: string; value: string | null }[];
    };
    reply: { oldModSeq: ModSeq; modSeq: ModSeq };
  };
  /** Use and limits; `null`: unlimited. Bytes and messages. `name`: of the account with this mailbox, which need not exist. */
  quota: {
    request: { account: AccountId; name?: string };
    reply: {
      bytesUsed: number;
      bytesLimit: number | null;
      messagesUsed: number;
      messagesLimit: number | null;
    };
  };
  /** The account's mail filters (RFC 5228), by name. */
  listScripts: {
    request: { account: AccountId };
    reply: { scripts: { name: string; active: boolean; bytes: number }[] };
  };
  /** Refusals: not-found. */
  getScript: { request: { account: AccountId; name: string }; reply: { content: string; active: boolean } };
  /** Says what is wrong with a script, and keeps nothing. Refusals: bad-script. */
  checkScript: { request: { account: AccountId; content: string }; reply: Record<string, never> };
  /** Keeps a script; one of that name is replaced, and stays active if it was. Refusals: bad-script, bad-name, limit. */
  putScript: { request: { account: AccountId; name: string; content: string }; reply: Record<string, never> };
  /** Makes one script the active one; null: none. Refusals: not-found. */
  activateScript: { request: { account: AccountId; name: string | null }; reply: Record<string, never> };
  /** Refusals: not-found, script-active. */
  deleteScript: { request: { account: AccountId; name: string }; reply: Record<string, never> };
  /** Refusals: not-found, exists, bad-name. */
  renameScript: { request: { account: AccountId; from: string; to: string }; reply: Record<string, never> };
}

/** What becomes of one email: flags first, then the mailboxes it is in. */
export interface EmailUpdate {
  readonly emailId: EmailId;
  /** Missing: it stays where it is. */
  readonly mailboxes?:
    | { readonly replace: readonly MailboxId[] }
    | { readonly add: readonly MailboxId[]; readonly remove: readonly MailboxId[] };
  readonly flags?: { readonly replace: FlagSet } | { readonly add: FlagSet; readonly remove: FlagSet };
}

/** Objects that the account keeps as texts. */
export type AccountObjectType = 'Identity' | 'EmailSubmission' | 'VacationResponse';

export type MailboxVerb = keyof MailboxOperations;
/** `as`: who asks, when that is not the account itself. Gateways tell who has logged in. */
export type MailboxRequest<V extends MailboxVerb> = MailboxOperations[V]['request'] & {
  readonly as?: AccountId;
};
export type MailboxReply<V extends MailboxVerb> = MailboxOperations[V]['reply'];

export type RefusalReason =
  | 'bad-script'
  | 'script-active'
  | 'not-found'
  | 'exists'
  | 'bad-name'
  | 'inbox'
  | 'has-children'
  | 'over-quota'
  | 'limit'
  | 'in-use'
  | 'no-account'
  | 'no-permission'
  | 'bad-identifier'
  | 'annotation-size'
  | 'annotation-count'
  | 'special-use'
  | 'owner'
  | 'too-old'
  | 'expunged'
  | 'no-mailbox'
  | 'state-mismatch';

/** An expected refusal; `text` is safe to show to the client. */
export interface MailboxRefusal {
  readonly refused: RefusalReason;
  readonly text: string;
}

/** Nobody could answer in time (take-over under way, database away): answer NO [UNAVAILABLE], -ERR [SYS/TEMP], 451. */
export class MailboxUnavailable extends Error {
  constructor(cause?: unknown) {
    super('the mailbox is not available at the moment', { cause });
    this.name = 'MailboxUnavailable';
  }
}

/** The first of the messages that a delivery brought, when it arrived (Unix milliseconds), and its trace. */
export interface Arrival {
  readonly at: number;
  readonly traceparent?: string | null;
}

export type ChangeListener = (modSeq: ModSeq, what?: 'names', arrival?: Arrival) => void;

/** How gateways speak to mailbox actors, wherever they live. */
export interface MailboxClient {
  /** Resolves to the reply or a refusal; throws only `MailboxUnavailable`. Re-asks through a take-over until its deadline (15 s; 3 s without a connection to the bus). */
  ask<V extends MailboxVerb>(verb: V, request: MailboxRequest<V>): Promise<MailboxReply<V> | MailboxRefusal>;
  /**
   * Calls `listener` whenever the account may have changed (event `mailbox.changed.<account>`, or after a
   * reconnection of the bus, then with modSeq 0). A listener compares with its own modSeq and asks for `changes`.
   * `what`: it was of mailboxes' names, subscriptions or annotations alone. `arrival`: mail came, for measuring how
   * soon a client hears of it. Returns the function that ends it.
   */
  watch(account: AccountId, listener: ChangeListener): Promise<() => void>;
}

export function isRefusal(reply: object): reply is MailboxRefusal {
  return 'refused' in reply;
}
