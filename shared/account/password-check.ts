import { createHmac, randomBytes } from 'node:crypto';
import { BoundedCache } from './bounded-cache.ts';
import type { ScramVerifier } from './port.ts';
import { matchesVerifier } from './scram.ts';

/** Clients open several connections at once and log in again every few minutes: one derivation a minute serves them all. */
const REMEMBER_MS = 60_000;
/** About 200 bytes each. */
const MAX_REMEMBERED = 20_000;

export type PasswordCheck = (address: string, password: string, verifier: ScramVerifier) => Promise<boolean>;

/**
 * Checks passwords against verifiers, remembering what matched. Neither password nor anything derived from it alone is
 * kept: the key is an HMAC under a key of this process over address, password and stored key, so a new password misses.
 * Checks of the same password under way at the same time are one check.
 */
export function createPasswordCheck(options: { readonly now?: () => number } = {}): PasswordCheck {
  const secret = randomBytes(32);
  const matched = new BoundedCache<true>(MAX_REMEMBERED, options.now);
  const underWay = new Map<string, Promise<boolean>>();

  return (address, password, verifier) => {
    const key = createHmac('sha256', secret)
      .update(`${address}\0${password}\0`)
      .update(verifier.storedKey)
      .digest('base64');
    if (matched.get(key)) return Promise.resolve(true);
    const running = underWay.get(key);
    if (running) return running;
    const check = matchesVerifier(password, verifier)
      .then((matches) => {
        if (matches) matched.set(key, true, REMEMBER_MS);
        return matches;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, check);
    return check;
  };
}
