import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { ScramPrimitives } from '../protocol/sasl/scram.ts';
import type { PasswordKey, ScramVerifier } from './port.ts';

/**
 * PBKDF2 rounds for new verifiers. RFC 7677 §4 asks for at least 4,096; 10,000 costs 2–3 ms of one core a log-in,
 * which is paid once a minute and account (see password-check.ts). Each verifier keeps its own count, so it can rise.
 */
export const SCRAM_ITERATIONS = 10_000;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
/** Longer passwords are refused before any hashing. */
export const MAX_PASSWORD_BYTES = 1024;

const derive = promisify(pbkdf2);

/**
 * Makes the SCRAM-SHA-256 verifier of a new password (RFC 5802 §3, RFC 7677), `like` another one in salt and iterations when it is to
 * serve beside it. Throws RangeError when `preparePassword` does not take it.
 */
export async function makeVerifier(
  password: string,
  like: Pick<ScramVerifier, 'salt' | 'iterations'> = {
    salt: randomBytes(SALT_BYTES),
    iterations: SCRAM_ITERATIONS,
  },
): Promise<ScramVerifier> {
  const prepared = preparePassword(password);
  if (prepared === undefined) throw new RangeError('the password holds characters that are not allowed');
  return deriveVerifier(prepared, like.salt, like.iterations);
}

/** Which of the keys the password belongs to; undefined: none. Constant in time but for the iterations and the number of keys. */
export async function findPasswordKey<Key extends PasswordKey>(
  password: string,
  { salt, iterations, keys }: Salted<Key>,
): Promise<Key | undefined> {
  const prepared = preparePassword(password);
  const { storedKey } = await deriveVerifier(prepared ?? '', salt, iterations);
  const [found] = keys.filter((key) => timingSafeEqual(storedKey, key.storedKey));
  return prepared === undefined ? undefined : found;
}

export interface Salted<Key extends PasswordKey = PasswordKey> {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly keys: readonly Key[];
}

/**
 * SASLprep (RFC 4013) as far as it changes what people type: NFKC, other spaces become U+0020, invisible characters vanish,
 * control characters, private use and lone surrogates are refused. Bidirectional rules are not checked.
 */
export function preparePassword(password: string): string | undefined {
  if (password.length === 0 || password.length > MAX_PASSWORD_BYTES) return undefined;
  const mapped = password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, ' ')
    .replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200c\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu, '')
    .normalize('NFKC');
  if (mapped.length === 0 || Buffer.byteLength(mapped) > MAX_PASSWORD_BYTES) return undefined;
  return /\p{Cc}|\p{Cs}|\p{Co}|[\u200e\u200f\u202a-\u202e\ufffd]/u.test(mapped) ? undefined : mapped;
}

/** What the SCRAM mechanism itself does without. */
export const scramPrimitives: ScramPrimitives = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  equal: timingSafeEqual,
  nonce: () => randomBytes(NONCE_BYTES).toString('base64'),
};

async function deriveVerifier(prepared: string, salt: Buffer, iterations: number): Promise<ScramVerifier> {
  const salted = await derive(prepared, salt, iterations, KEY_BYTES, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    salt,
    iterations,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: createHmac('sha256', salted).update('Server Key').digest(),
  };
}

/** A verifier no password fits, with a salt that is always the same for one address and secret. */
export function decoyVerifier(secret: Buffer, address: string): ScramVerifier {
  const mix = (label: string) => createHmac('sha256', secret).update(`${label}\0${address}`).digest();
  return {
    salt: mix('salt').subarray(0, SALT_BYTES),
    iterations: SCRAM_ITERATIONS,
    storedKey: mix('stored key'),
    serverKey: mix('server key'),
  };
}
