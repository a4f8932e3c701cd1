import { decodeBase64, encodeBase64 } from './base64.ts';
import { decodeCredential, MAX_CREDENTIAL_BYTES } from './credentials.ts';
import { decodeSaslName, type Gs2Header, parseGs2Header } from './gs2-header.ts';
import {
  MALFORMED,
  REFUSED,
  type SaslAnswer,
  type SaslIdentity,
  type SaslMechanism,
  type SaslStep,
} from './mechanism.ts';

/** What SCRAM needs of cryptography and chance, handed in. */
export interface ScramPrimitives {
  sha256(data: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** In constant time; the lengths are equal. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** At least 18 octets of chance, printable and without a comma. */
  nonce(): string;
}

/** The TLS channel's data of a binding type (RFC 5929, RFC 9266); undefined: this channel has none of that type. */
export type ChannelBinding = (type: string) => Uint8Array | undefined;

/** Octets of a message: names of the longest form, nonce and binding. */
const MAX_MESSAGE_BYTES = 4 * MAX_CREDENTIAL_BYTES;
const MAX_NONCE = 512;
const KEY_BYTES = 32;

const FIRST_BARE = /^n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)((?:,[A-Za-z]=[^,]*)*)$/;
const FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/=]+)$/;

interface First {
  readonly gs2: Gs2Header;
  readonly identity: SaslIdentity;
  readonly nonce: string;
}

/** SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677). The password is never seen, nor can it be had from what is kept. */
export class ScramMechanism implements SaslMechanism {
  readonly #primitives: ScramPrimitives;
  readonly #binding: ChannelBinding;
  readonly #plus: boolean;
  /** SCRAM-SHA-256-PLUS is offered on this connection. */
  readonly #plusOffered: boolean;
  #first: First | undefined;
  #nonce = '';
  #serverFirst = '';
  #keys: Extract<SaslAnswer, { kind: 'keys' }>['keys'] | undefined;
  #signature: Uint8Array | undefined;

  constructor(options: {
    readonly primitives: ScramPrimitives;
    readonly plus: boolean;
    readonly plusOffered: boolean;
    readonly binding: ChannelBinding;
  }) {
    this.#primitives = options.primitives;
    this.#plus = options.plus;
    this.#plusOffered = options.plusOffered;
    this.#binding = options.binding;
  }

  start(initial: Uint8Array | undefined): SaslStep {
    return initial === undefined ? { type: 'challenge', data: new Uint8Array() } : this.respond(initial);
  }

  respond(response: Uint8Array): SaslStep {
    const text = decodeCredential(response, MAX_MESSAGE_BYTES);
    if (text === undefined) return MALFORMED;
    return this.#first === undefined ? this.#clientFirst(text) : this.#clientFinal(this.#first, text);
  }

  answer(answer: SaslAnswer): SaslStep {
    if (answer.kind === 'keys') return this.#serverFirstMessage(answer);
    const identity = this.#first?.identity;
    if (!answer.accepted || this.#signature === undefined || identity === undefined) return REFUSED;
    return { type: 'success', identity, data: octets(`v=${encodeBase64(this.#signature)}`) };
  }

  #clientFirst(text: string): SaslStep {
    const gs2 = parseGs2Header(text);
    const found = gs2 && FIRST_BARE.exec(gs2.rest);
    if (!gs2 || !found) return MALFORMED;
    const authenticationId = decodeSaslName(found[1]!);
    const nonce = found[2]!;
    if (!authenticationId || nonce.length > MAX_NONCE) return MALFORMED;
    if (tooLong(authenticationId) || tooLong(gs2.authorizationId)) return MALFORMED;
    if (typeof gs2.binding === 'object' ? !this.#plus : this.#plus) return MALFORMED;
    // Somebody took the stronger name out of our list on its way (RFC 5802 §6).
    if (gs2.binding === 'y' && this.#plusOffered) return REFUSED;
    // Its server-first message would be of no use to it.
    if (typeof gs2.binding === 'object' && this.#binding(gs2.binding.type) === undefined) return REFUSED;
    const identity = { authenticationId, authorizationId: gs2.authorizationId };
    this.#first = { gs2, identity, nonce };
    return { type: 'verify', credentials: { kind: 'scram', ...identity } };
  }

  #serverFirstMessage({ salt, iterations, keys }: Extract<SaslAnswer, { kind: 'keys' }>): SaslStep {
    if (this.#first === undefined || this.#keys !== undefined) return REFUSED;
    this.#keys = keys;
    this.#nonce = this.#first.nonce + this.#primitives.nonce();
    this.#serverFirst = `r=${this.#nonce},s=${encodeBase64(salt)},i=${iterations}`;
    return { type: 'challenge', data: octets(this.#serverFirst) };
  }

  #clientFinal({ gs2, identity }: First, text: string): SaslStep {
    const found = FINAL.exec(text);
    const [, withoutProof = '', binding = '', nonce, proofText = ''] = found ?? [];
    const bound = decodeBase64(binding);
    const proof = decodeBase64(proofText);
    if (found === null || bound === undefined || proof?.length !== KEY_BYTES) return MALFORMED;
    const fits = nonce === this.#nonce && this.#boundTo(gs2, bound);
    const key = fits ? this.#prove(`${gs2.rest},${this.#serverFirst},${withoutProof}`, proof) : undefined;
    return { type: 'verify', credentials: { kind: 'proof', ...identity, key } };
  }

  /** `c=` is the header that was sent at first and, for -PLUS, what both see of the channel. */
  #boundTo(gs2: Gs2Header, bound: Uint8Array): boolean {
    const data = typeof gs2.binding === 'object' ? this.#binding(gs2.binding.type) : new Uint8Array();
    if (data === undefined) return false;
    const header = octets(gs2.text);
    const expected = new Uint8Array(header.length + data.length);
    expected.set(header);
    expected.set(data, header.length);
    return bound.length === expected.length && this.#primitives.equal(bound, expected);
  }

  /** RFC 5802 §3: which of the keys made this proof. All are tried, whatever the outcome. */
  #prove(authMessage: string, proof: Uint8Array): number | undefined {
    const { sha256, hmacSha256, equal } = this.#primitives;
    const message = octets(authMessage);
    let right: number | undefined;
    for (const [index, { storedKey, serverKey }] of (this.#keys ?? []).entries()) {
      const signature = hmacSha256(storedKey, message);
      const clientKey = proof.map((octet, i) => octet ^ signature[i]!);
      const serverSignature = hmacSha256(serverKey, message);
      if (!equal(sha256(clientKey), storedKey)) continue;
      right = index;
      this.#signature = serverSignature;
    }
    return right;
  }
}

const octets = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const tooLong = (text: string): boolean => octets(text).length > MAX_CREDENTIAL_BYTES;
