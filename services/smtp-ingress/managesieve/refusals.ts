import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import {
  type MailboxRefusal,
  MailboxUnavailable,
  type RefusalReason,
} from '../../../shared/mailbox/operations.ts';
import { ConnectionClosed } from '../../../shared/net/drive.ts';
import type { ManageSieveCode } from '../../../shared/protocol/managesieve/engine.ts';

export interface Refusal {
  readonly text: string;
  readonly code?: ManageSieveCode;
}

/** Every NO of this listener; those about syntax and order of commands are the engine's. */
export const REFUSALS = {
  plaintext: { text: 'a password is taken over TLS only; use STARTTLS first', code: 'ENCRYPT-NEEDED' },
  credentials: { text: 'wrong name or password' },
  guesses: { text: 'too many failed log-ins, try again later', code: 'TRYLATER' },
  mechanism: { text: 'no such mechanism' },
  malformedSasl: { text: 'not a valid response for this mechanism' },
  cancelledSasl: { text: 'authentication cancelled' },
  tlsActive: { text: 'TLS is active already' },
  tooLarge: { text: 'the script would be too large', code: 'QUOTA/MAXSIZE' },
  unavailable: { text: 'not available at the moment, try again later', code: 'TRYLATER' },
} as const satisfies Record<string, Refusal>;

const CODES: Readonly<Partial<Record<RefusalReason, ManageSieveCode>>> = {
  'not-found': 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  limit: 'QUOTA/MAXSCRIPTS',
  'script-active': 'ACTIVE',
};

/** A refusal on its way from where it was found to the response. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.text);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

export function scriptRefusal({ refused, text }: MailboxRefusal): Refused {
  const code = CODES[refused];
  return new Refused(code === undefined ? { text } : { text, code });
}

const EXPECTED = [MailboxUnavailable, DatabaseUnavailable, ConnectionClosed];

/** The response to anything thrown; `expected` is false for what should be logged. */
export function refusalOf(error: unknown): { refusal: Refusal; expected: boolean } {
  if (error instanceof Refused) return { refusal: error.refusal, expected: true };
  return { refusal: REFUSALS.unavailable, expected: EXPECTED.some((kind) => error instanceof kind) };
}
