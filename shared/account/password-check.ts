import { createHmac, randomBytes } from 'node:crypto';
import { BoundedCache } from './bounded-cache.ts';
import type { PasswordKey } from './port.ts';
import { findPasswordKey, type Salted } from './scram.ts';

/** Clients open several connections at once and log in again every few minutes: one derivation a minute serves them all. */
const REMEMBER_MS = 60_000;
/** About 200 bytes each. */
const MAX_REMEMBERED = 20_000;

/** Resolves to the key that the password belongs to; undefined: none. */
export type PasswordCheck = <Key extends PasswordKey>(
  address: string,
  password: string,
  passwords: Salted<Key>,
) => Promise<Key | undefined>;

export interface PasswordCheckOptions {
  readonly now?: () => number;
  readonly find?: typeof findPasswordKey;
}

/**
 * Checks passwords, remembering what matched. Neither password nor anything derived from it alone is kept: what is remembered
 * is found by an HMAC under a key of this process over address, password and salt, and counts only while the stored key that
 * matched is still one of the account's. Checks of the same password under way at the same time are one check.
 */
export function createPasswordCheck(options: PasswordCheckOptions = {}): PasswordCheck {
  const { find = findPasswordKey } = options;
  const secret = randomBytes(32);
  const matched = new BoundedCache<Buffer>(MAX_REMEMBERED, options.now);
  const underWay = new Map<string, Promise<Buffer | undefined>>();

  const derive = (name: string, password: string, passwords: Salted): Promise<Buffer | undefined> => {
    const check = find(password, passwords)
      .then((key) => {
        if (key) matched.set(name, key.storedKey, REMEMBER_MS);
        return key?.storedKey;
      })
      .finally(() => underWay.delete(name));
    underWay.set(name, check);
    return check;
  };

  return async (address, password, passwords) => {
    const keyOf = (storedKey: Buffer | undefined) =>
      passwords.keys.find((key) => storedKey !== undefined && key.storedKey.equals(storedKey));
    const name = createHmac('sha256', secret)
      .update(`${address}\0${password}\0`)
      .update(passwords.salt)
      .digest('base64');
    const remembered = keyOf(matched.get(name));
    if (remembered) return remembered;
    return keyOf(await (underWay.get(name) ?? derive(name, password, passwords)));
  };
}
