/**
 * The server's side of SASL (RFC 4422), sans-IO. A mechanism takes decoded responses and says what is next;
 * `dialogue.ts` puts the base64 lines around it that SMTP, POP3 and IMAP share.
 *
 *   start / respond ─► challenge ─► (the client's answer) ─► respond
 *                   ─► verify    ─► (the session asks the account directory) ─► answer ─► success | failure | challenge
 *                   ─► failure
 *
 * SCRAM asks by `verify` for the account's verifier, OAUTHBEARER for a token's verdict: each adds one kind
 * of `SaslCredentials` and of `SaslAnswer`, nothing else changes.
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

/** Who logs in (`authenticationId`), and as whom to act (`authorizationId`; '' is the same). */
export interface SaslIdentity {
  readonly authenticationId: string;
  readonly authorizationId: string;
}

/** What is to be checked. `kind` names the way of checking. */
export type SaslCredentials = SaslIdentity & { readonly kind: 'password'; readonly password: string };

/** `true`: the credentials hold for the identity, which may act as `authorizationId`. */
export type SaslAnswer = { readonly kind: 'verdict'; readonly accepted: boolean };

/**
 * - `malformed`: not what the mechanism's grammar asks for (SMTP 501 5.5.2, IMAP BAD, POP3 -ERR)
 * - `cancelled`: the client sent `*` (SMTP 501 5.7.0, IMAP BAD)
 * - `invalid-credentials`: refused (SMTP 535 5.7.8, IMAP NO [AUTHENTICATIONFAILED], POP3 -ERR [AUTH])
 */
export type SaslFailure = 'malformed' | 'cancelled' | 'invalid-credentials';
