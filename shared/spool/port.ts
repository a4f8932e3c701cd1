import type { AccountId, EmailId } from '../mailbox/types.ts';
import type { StagedMessage } from '../storage/port.ts';

/** RFC 3461 NOTIFY as bits; 0: not given (failure and delay by our choice). */
export const Notify = { Never: 1, Success: 2, Failure: 4, Delay: 8 } as const;

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
  /** Who submitted it, for submissions. */
  readonly submitter?: AccountId;
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
