import type { AccountId, EmailId } from '../mailbox/types.ts';
import type { StagedMessage } from '../storage/port.ts';

export { Notify } from '../protocol/smtp/notify.ts';

/** What there is to tell of a forward-path that goes nowhere: it is in a mailbox, became a list, or found no room. */
export type Report = 'delivered' | 'expanded' | 'over-quota';

/** One forward-path on its way, as the ingress resolved it. */
export type SpoolTarget =
  | { readonly kind: 'local'; readonly account: AccountId; readonly forwardPath: string }
  | { readonly kind: 'remote'; readonly destination: string; readonly forwardPath: string };

export interface SpoolRecipient {
  readonly target: SpoolTarget;
  /** Bits of `Notify`. */
  readonly notify?: number;
  /** RFC 3461 ORCPT, as given (`rfc822;…`). */
  readonly originalRecipient?: string;
  /** Instead of the submission's: a list's owner, or the one that SRS made. */
  readonly reversePath?: string;
  /** For a remote target: nothing is sent there, the sender is told, as far as `notify` has it. */
  readonly report?: Report;
  /** The domain of ours that passes it on (an alias, a filter): what has no `signer` is sealed by it (RFC 8617). */
  readonly forwarder?: string;
}

/** RFC 2852: what is to be done when it is not delivered by then. */
export interface DeliverBy {
  /** Unix milliseconds. */
  readonly at: number;
  readonly mode: 'return' | 'notify';
  /** Each relay that it was handed to is reported. */
  readonly trace: boolean;
}

export interface Submission {
  readonly message: StagedMessage;
  /** '' is the null reverse-path. Without angle brackets. */
  readonly reversePath: string;
  readonly recipients: readonly SpoolRecipient[];
  /** Bytes of the Return-Path line at the head of the stored message, which is never sent to a remote. */
  readonly returnPathBytes: number;
  /** RFC 3461 ENVID and RET. */
  readonly envelopeId?: string;
  readonly returnContent?: 'full' | 'headers';
  /** BODY=8BITMIME or BINARYMIME was declared, or 8-bit bytes were seen. */
  readonly body: '7bit' | '8bit' | 'binary';
  readonly smtpUtf8: boolean;
  /** RFC 8689: only over verified TLS, to servers that keep to it too. */
  readonly requireTls?: boolean;
  /** RFC 6710, -9 to 9: those with more go first. */
  readonly priority?: number;
  readonly deliverBy?: DeliverBy;
  /** RFC 4865: not before, in Unix milliseconds. */
  readonly heldUntil?: number;
  /** For local recipients: into Junk, unless their script names another mailbox. */
  readonly junk?: boolean;
  /** Who submitted it, for submissions. */
  readonly submitter?: AccountId;
  /**
   * The domain of ours whose mail it is: what goes to others is signed by its keys (RFC 6376). It must be known to be the sender's;
   * absent: the message came from others.
   */
  readonly signer?: string;
  /** W3C traceparent, so that the trace goes on at delivery. */
  readonly traceparent?: string;
}

export interface Spool {
  /**
   * Resolves when message, envelope and one entry per recipient are committed: only then may 250 be said.
   * Group commit: one transaction for all that came in while the last was in flight. Throws `SpoolUnavailable`.
   */
  enqueue(submission: Submission): Promise<{ readonly emailId: EmailId }>;
}

export class SpoolUnavailable extends Error {
  constructor(cause?: unknown) {
    super('the spool cannot take the message at the moment', { cause });
    this.name = 'SpoolUnavailable';
  }
}
