import { decodeCredential, MAX_CREDENTIAL_BYTES } from './credentials.ts';
import { parseGs2Header } from './gs2-header.ts';
import {
  conclude,
  MALFORMED,
  REFUSED,
  type SaslAnswer,
  type SaslIdentity,
  type SaslMechanism,
  type SaslStep,
} from './mechanism.ts';

/** Octets of a whole response; the line of RFC 4954 holds 9,216. */
const MAX_RESPONSE_BYTES = 9_216;

/** RFC 6750 §2.1, b64token. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

interface BearerResponse {
  readonly authorizationId: string;
  readonly token: string;
}

/**
 * A token instead of a password. When it is refused, the client is told why in one more challenge, and answers it
 * with something that means nothing (RFC 7628 §3.2.3); then the exchange has failed.
 */
abstract class BearerMechanism implements SaslMechanism {
  readonly #refusal: Uint8Array;
  #identity: SaslIdentity | undefined;
  #refused = false;

  protected constructor(refusal: object) {
    this.#refusal = Buffer.from(JSON.stringify(refusal));
  }

  protected abstract parse(text: string): BearerResponse | undefined;

  start(initial: Uint8Array | undefined): SaslStep {
    return initial === undefined ? { type: 'challenge', data: new Uint8Array() } : this.respond(initial);
  }

  respond(response: Uint8Array): SaslStep {
    if (this.#refused) return REFUSED;
    const text = decodeCredential(response, MAX_RESPONSE_BYTES);
    const parsed = text === undefined ? undefined : this.parse(text);
    if (parsed === undefined || parsed.authorizationId.length > MAX_CREDENTIAL_BYTES) return MALFORMED;
    const { authorizationId, token } = parsed;
    this.#identity = { authenticationId: '', authorizationId };
    return { type: 'verify', credentials: { kind: 'token', ...this.#identity, token } };
  }

  answer(answer: SaslAnswer): SaslStep {
    const step = conclude(this.#identity, answer);
    if (step.type === 'success') return step;
    this.#refused = true;
    return { type: 'challenge', data: this.#refusal };
  }
}

/** `key=value` pairs, each ended by U+0001, and one more at the end (RFC 7628 §3.1). */
function pairs(text: string): ReadonlyMap<string, string> | undefined {
  if (!text.endsWith('\x01\x01')) return undefined;
  const found = new Map<string, string>();
  for (const pair of text.slice(0, -2).split('\x01')) {
    const [, key, value] = /^([A-Za-z]+)=([^\x01]*)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined || found.has(key)) return undefined;
    found.set(key, value);
  }
  return found;
}

const tokenOf = (fields: ReadonlyMap<string, string>): string | undefined =>
  BEARER.exec(fields.get('auth') ?? '')?.[1];

/** OAUTHBEARER (RFC 7628). */
export class OAuthBearerMechanism extends BearerMechanism {
  constructor(issuer: string) {
    super({ status: 'invalid_token', 'openid-configuration': `${issuer}/.well-known/openid-configuration` });
  }

  protected parse(text: string): BearerResponse | undefined {
    const gs2 = parseGs2Header(text);
    // RFC 7628 §3.1: channel binding is not for this mechanism; `y` says no more than `n`.
    if (gs2 === undefined || typeof gs2.binding === 'object' || !gs2.rest.startsWith('\x01'))
      return undefined;
    const fields = pairs(gs2.rest.slice(1));
    const token = fields && tokenOf(fields);
    return token === undefined ? undefined : { authorizationId: gs2.authorizationId, token };
  }
}

/** XOAUTH2, as Google and Microsoft describe it: `user=` and `auth=`. */
export class XOAuth2Mechanism extends BearerMechanism {
  constructor() {
    super({ status: '401', schemes: 'bearer', scope: '' });
  }

  protected parse(text: string): BearerResponse | undefined {
    const fields = pairs(text);
    const authorizationId = fields?.get('user');
    const token = fields && tokenOf(fields);
    return !authorizationId || token === undefined ? undefined : { authorizationId, token };
  }
}
