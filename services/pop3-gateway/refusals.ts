import { DatabaseUnavailable } from '../../shared/database/port.ts';
import { MailboxUnavailable, type RefusalReason } from '../../shared/mailbox/operations.ts';
import { ConnectionClosed } from '../../shared/net/drive.ts';
import type { ResponseCode } from '../../shared/protocol/pop3/engine.ts';
import { MessageDamaged, MessageMissing } from '../../shared/storage/port.ts';

export interface Refusal {
  readonly text: string;
  readonly code?: ResponseCode;
}

/** Every -ERR of this gateway; those about syntax and order of commands are the engine's. */
export const REFUSALS = {
  language: { text: 'no such language' },
  plaintext: { text: 'a password is taken over TLS only; use STLS first' },
  credentials: { text: 'wrong name or password', code: 'AUTH' },
  guesses: { text: 'too many failed log-ins, try again later', code: 'SYS/TEMP' },
  tooManyLogins: { text: 'too many failed log-ins, closing', code: 'AUTH' },
  userFirst: { text: 'USER first' },
  mechanism: { text: 'no such mechanism' },
  malformedSasl: { text: 'not a valid response for this mechanism' },
  cancelledSasl: { text: 'authentication cancelled' },
  tlsActive: { text: 'TLS is active already' },
  tlsMissing: { text: 'TLS is not available' },
  inUse: { text: 'the maildrop is in use by another session', code: 'IN-USE' },
  lockLost: { text: 'the maildrop lock was lost, nothing was deleted', code: 'IN-USE' },
  noMessage: { text: 'no such message' },
  deleted: { text: 'that message is deleted' },
  gone: { text: 'that message was removed by another client' },
  notDeleted: { text: 'the deleted messages could not be removed', code: 'SYS/TEMP' },
  unavailable: { text: 'not available at the moment, try again later', code: 'SYS/TEMP' },
  damaged: { text: 'the stored message is damaged', code: 'SYS/PERM' },
  maildrop: { text: 'the maildrop cannot be opened', code: 'SYS/PERM' },
  kicked: { text: 'the session was ended by an administrator' },
} as const satisfies Record<string, Refusal>;

const MAILBOX_REFUSALS: Readonly<Partial<Record<RefusalReason, Refusal>>> = {
  'in-use': REFUSALS.inUse,
  'no-account': REFUSALS.credentials,
};

/** A refusal on its way from where it was found to the reply. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.text);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

export function mailboxRefusal(reason: RefusalReason): Refusal {
  return MAILBOX_REFUSALS[reason] ?? REFUSALS.maildrop;
}

const EXPECTED = [MailboxUnavailable, DatabaseUnavailable, ConnectionClosed];

/** The reply to anything thrown; `expected` is false for what should be logged. */
export function refusalOf(error: unknown): { refusal: Refusal; expected: boolean } {
  if (error instanceof Refused) return { refusal: error.refusal, expected: true };
  if (error instanceof MessageMissing) return { refusal: REFUSALS.gone, expected: true };
  if (error instanceof MessageDamaged) return { refusal: REFUSALS.damaged, expected: false };
  const expected = EXPECTED.some((kind) => error instanceof kind);
  return { refusal: REFUSALS.unavailable, expected };
}
