import { decodeCredential } from './credentials.ts';
import {
  conclude,
  MALFORMED,
  type SaslAnswer,
  type SaslIdentity,
  type SaslMechanism,
  type SaslStep,
} from './mechanism.ts';

/** EXTERNAL (RFC 4422 appendix A): the TLS certificate says who it is, the response at most as whom to act. */
export class ExternalMechanism implements SaslMechanism {
  #identity: SaslIdentity | undefined;

  start(initial: Uint8Array | undefined): SaslStep {
    return initial === undefined ? { type: 'challenge', data: new Uint8Array() } : this.respond(initial);
  }

  respond(response: Uint8Array): SaslStep {
    const authorizationId = decodeCredential(response);
    if (authorizationId === undefined) return MALFORMED;
    this.#identity = { authenticationId: '', authorizationId };
    return { type: 'verify', credentials: { kind: 'certificate', ...this.#identity } };
  }

  answer(answer: SaslAnswer): SaslStep {
    return conclude(this.#identity, answer);
  }
}
