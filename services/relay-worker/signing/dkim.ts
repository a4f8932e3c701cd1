import { createHash, createPrivateKey, type KeyObject, sign as signBy } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningKey } from '../../../shared/account/dkim-keys.ts';
import { dkimSignature } from '../../../shared/message/dkim/signature.ts';
import type { Digest } from './digest.ts';

export interface LoadedKey extends Omit<SigningKey, 'privateKey'> {
  readonly key: KeyObject;
}

const sign = promisify(signBy) as (algorithm: string | null, data: Buffer, key: KeyObject) => Promise<Buffer>;

/** Throws when it is no key. */
export function loadKey({ selector, algorithm, privateKey }: SigningKey): LoadedKey {
  return { selector, algorithm, key: createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }) };
}

/** A DKIM-Signature field of each key; '' for a message without From. `now` in Unix milliseconds. */
export async function dkimFields(
  { header, bodyHash }: Digest,
  domain: string,
  keys: readonly LoadedKey[],
  now: number,
): Promise<string> {
  const fields = await Promise.all(
    keys.map(async ({ selector, algorithm, key }) => {
      const unsigned = dkimSignature(header, {
        algorithm,
        domain,
        selector,
        bodyHash,
        at: Math.floor(now / 1_000),
      });
      if (unsigned === null) return '';
      // RFC 8463 §3: Ed25519 signs the hash.
      const signature =
        algorithm === 'rsa-sha256'
          ? await sign('sha256', unsigned.input, key)
          : await sign(null, createHash('sha256').update(unsigned.input).digest(), key);
      return unsigned.field(signature.toString('base64'));
    }),
  );
  return fields.join('');
}
