/**
 * The server's side of SASL (RFC 4422), sans-IO. A mechanism takes decoded responses and says what is next;
 * `dialogue.ts` puts the base64 lines around it that SMTP, POP3 and IMAP share.
 *
 *   start / respond ─► challenge ─► (the client's answer) ─► respond
 *                   ─► verify    ─► (the session asks the account directory) ─► answer ─► success | failure | challenge
 *                   ─► failure
 *
 * No exchange succeeds without a verdict of the session, and none fails for wrong credentials without its knowing:
 * SCRAM asks by `scram` for the keys and by `proof` for the verdict.
 */
export interface SaslMechanism {
  /** `initial`: the client's initial response; undefined when the command carried none. */
  start(initial: Uint8Array | undefined): SaslStep;
  /** The client's response to the last challenge. */
  respond(response: Uint8Array): SaslStep;
  /** What the session found out after a `verify` step. */
  answer(answer: SaslAnswer): SaslStep;
}

export type SaslStep =
  | { readonly type: 'challenge'; readonly data: Uint8Array }
  | { readonly type: 'verify'; readonly credentials: SaslCredentials }
  /** `data`: additional data with success; the protocols carry it in one more challenge. */
  | { readonly type: 'success'; readonly identity: SaslIdentity; readonly data?: Uint8Array }
  | { readonly type: 'failure'; readonly reason: SaslFailure };

/** Who logs in (`authenticationId`; '' where the credentials name the account), and as whom to act (`authorizationId`; '' is the same). */
export interface SaslIdentity {
  readonly authenticationId: string;
  readonly authorizationId: string;
}

/** What is to be checked. `kind` names the way of checking. */
export type SaslCredentials = SaslIdentity &
  (
    | { readonly kind: 'password'; readonly password: string }
    /** Asks for the account's keys. Answer: `keys`. */
    | { readonly kind: 'scram' }
    /** The client's proof fits this one of the keys; undefined: none. */
    | { readonly kind: 'proof'; readonly key: number | undefined }
    /** An OAuth 2.0 access token (RFC 6750). */
    | { readonly kind: 'token'; readonly token: string }
    /** What the client showed in the TLS handshake. */
    | { readonly kind: 'certificate' }
  );

export interface ScramKeys {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export type SaslAnswer =
  /** `true`: the credentials hold for the identity, which may act as `authorizationId`. */
  | { readonly kind: 'verdict'; readonly accepted: boolean }
  /** RFC 5802 §3. Several: any of an account's passwords will do, all with one salt. */
  | {
      readonly kind: 'keys';
      readonly salt: Uint8Array;
      readonly iterations: number;
      readonly keys: readonly ScramKeys[];
    };

/**
 * - `malformed`: not what the mechanism's grammar asks for (SMTP 501 5.5.2, IMAP BAD, POP3 -ERR)
 * - `cancelled`: the client sent `*` (SMTP 501 5.7.0, IMAP BAD)
 * - `invalid-credentials`: refused (SMTP 535 5.7.8, IMAP NO [AUTHENTICATIONFAILED], POP3 -ERR [AUTH])
 */
export type SaslFailure = 'malformed' | 'cancelled' | 'invalid-credentials';

/** The steps of a mechanism that ends with the session's verdict. */
export function conclude(identity: SaslIdentity | undefined, answer: SaslAnswer): SaslStep {
  if (identity !== undefined && answer.kind === 'verdict' && answer.accepted)
    return { type: 'success', identity };
  return REFUSED;
}

export const MALFORMED: SaslStep = { type: 'failure', reason: 'malformed' };
export const REFUSED: SaslStep = { type: 'failure', reason: 'invalid-credentials' };
