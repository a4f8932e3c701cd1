import { decodeBase64, encodeBase64 } from './base64.ts';
import type {
  SaslAnswer,
  SaslCredentials,
  SaslFailure,
  SaslIdentity,
  SaslMechanism,
  SaslStep,
} from './mechanism.ts';

/** Octets of a response line with its CRLF (RFC 4954 §4: 12288); the protocol's engine holds it. */
export const MAX_SASL_LINE_BYTES = 12_288;

export type SaslLineStep =
  /** Send `text` after `334 ` (SMTP) or `+ ` (POP3, IMAP), and hand the next line to `line`. */
  | { readonly type: 'challenge'; readonly text: string }
  /** Check the credentials, then call `answer`. */
  | { readonly type: 'verify'; readonly credentials: SaslCredentials }
  | { readonly type: 'success'; readonly identity: SaslIdentity }
  | { readonly type: 'failure'; readonly reason: SaslFailure };

/**
 * One exchange as SMTP AUTH (RFC 4954), POP3 AUTH (RFC 5034) and IMAP AUTHENTICATE (RFC 9051 §6.2.2)
 * carry it: base64 lines, `=` for an empty initial response, `*` to cancel.
 */
export class SaslDialogue {
  readonly #mechanism: SaslMechanism;
  #conclusion: SaslLineStep | undefined;

  constructor(mechanism: SaslMechanism) {
    this.#mechanism = mechanism;
  }

  /** `initial`: the command's initial response as it stood there, `=` for an empty one; undefined: none. */
  start(initial: string | undefined): SaslLineStep {
    if (initial === undefined) return this.#step(this.#mechanism.start(undefined));
    const bytes = initial === '=' ? new Uint8Array() : decodeBase64(initial);
    if (bytes === undefined) return { type: 'failure', reason: 'malformed' };
    return this.#step(this.#mechanism.start(bytes));
  }

  /** A line of the client, without its CRLF. */
  line(text: string): SaslLineStep {
    if (text === '*') return { type: 'failure', reason: 'cancelled' };
    const bytes = decodeBase64(text);
    if (bytes === undefined) return { type: 'failure', reason: 'malformed' };
    if (this.#conclusion !== undefined) return this.#conclusion;
    return this.#step(this.#mechanism.respond(bytes));
  }

  /** After a `verify` step. */
  answer(answer: SaslAnswer): SaslLineStep {
    return this.#step(this.#mechanism.answer(answer));
  }

  #step(step: SaslStep): SaslLineStep {
    if (step.type === 'challenge') return { type: 'challenge', text: encodeBase64(step.data) };
    if (step.type !== 'success') return step;
    const success: SaslLineStep = { type: 'success', identity: step.identity };
    if (step.data === undefined) return success;
    this.#conclusion = success;
    return { type: 'challenge', text: encodeBase64(step.data) };
  }
}
