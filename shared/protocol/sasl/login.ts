import { decodeCredential } from './credentials.ts';
import {
  conclude,
  MALFORMED,
  type SaslAnswer,
  type SaslIdentity,
  type SaslMechanism,
  type SaslStep,
} from './mechanism.ts';

const USERNAME = Buffer.from('Username:');
const PASSWORD = Buffer.from('Password:');

/** LOGIN (draft-murchison-sasl-login): two prompts; an initial response is the user name. */
export class LoginMechanism implements SaslMechanism {
  #identity: SaslIdentity | undefined;

  start(initial: Uint8Array | undefined): SaslStep {
    if (initial === undefined) return { type: 'challenge', data: USERNAME };
    return this.respond(initial);
  }

  respond(response: Uint8Array): SaslStep {
    const text = decodeCredential(response);
    if (!text) return MALFORMED;
    if (this.#identity === undefined) {
      this.#identity = { authenticationId: text, authorizationId: '' };
      return { type: 'challenge', data: PASSWORD };
    }
    return { type: 'verify', credentials: { kind: 'password', ...this.#identity, password: text } };
  }

  answer(answer: SaslAnswer): SaslStep {
    return conclude(this.#identity, answer);
  }
}
