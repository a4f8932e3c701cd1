import { decodeCredential } from './credentials.ts';
import {
  conclude,
  MALFORMED,
  type SaslAnswer,
  type SaslIdentity,
  type SaslMechanism,
  type SaslStep,
} from './mechanism.ts';

/** PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd`. */
export class PlainMechanism implements SaslMechanism {
  #identity: SaslIdentity | undefined;

  start(initial: Uint8Array | undefined): SaslStep {
    if (initial === undefined) return { type: 'challenge', data: new Uint8Array() };
    return this.respond(initial);
  }

  respond(response: Uint8Array): SaslStep {
    const first = response.indexOf(0);
    const second = first < 0 ? -1 : response.indexOf(0, first + 1);
    if (second < 0) return MALFORMED;
    const authorizationId = decodeCredential(response.subarray(0, first));
    const authenticationId = decodeCredential(response.subarray(first + 1, second));
    const password = decodeCredential(response.subarray(second + 1));
    if (authorizationId === undefined || !authenticationId || !password) return MALFORMED;
    this.#identity = { authenticationId, authorizationId };
    return { type: 'verify', credentials: { kind: 'password', ...this.#identity, password } };
  }

  answer(answer: SaslAnswer): SaslStep {
    return conclude(this.#identity, answer);
  }
}
