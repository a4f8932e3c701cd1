import type { Transaction } from 'kysely';
import type { Database } from '../../shared/database/port.ts';
import type { Schema } from '../../shared/database/schema.ts';
import type {
  MailboxRefusal,
  MailboxReply,
  MailboxRequest,
  MailboxVerb,
  RefusalReason,
} from '../../shared/mailbox/operations.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';

export type Trx = Transaction<Schema>;

/** What an operation has to work with, for one turn of one account's actor. */
export interface Turn {
  readonly account: AccountId;
  /** For reads: the actor's turns are serial, so nothing of this account changes between a read and the commit. */
  readonly database: Database;
  /** Unix time in milliseconds. */
  readonly now: number;
  /** Runs with the writes of other actors in one transaction under the fence; `work` may run again if that failed. */
  commit<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  readonly maildrop: MaildropLock;
  /** The next delivery reads the active script anew. */
  scriptsChanged(): void;
  /** A round of the search index for the account; true when there is more to do. */
  index(): Promise<boolean>;
}

/** Held in memory: a take-over frees it, which costs a renewal refused, never a message (deletes name uids). */
export interface MaildropLock {
  lock(session: string): boolean;
  unlock(session: string): void;
}

/** An operation: one verb of the mailbox actor. The second value is the account's new MODSEQ, when it changed. */
export type Operation<V extends MailboxVerb> = (
  turn: Turn,
  request: MailboxRequest<V>,
) => Promise<MailboxReply<V> | MailboxRefusal>;

/** Thrown inside a commit to undo it: becomes the reply. */
export class Refused extends Error {
  readonly refusal: MailboxRefusal;
  constructor(refused: RefusalReason, text: string) {
    super(text);
    this.name = 'Refused';
    this.refusal = { refused, text };
  }
}

export function refuse(refused: RefusalReason, text: string): MailboxRefusal {
  return { refused, text };
}
