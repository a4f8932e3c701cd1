import { readFile } from 'node:fs/promises';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { MIN_TLS } from './handshake.ts';

/** What servers are trusted by: the authorities that Node trusts, and those in `caFile` (PEM). Rejects when the file cannot be used. */
export async function loadTrust(caFile?: string): Promise<SecureContext> {
  if (caFile === undefined) return createSecureContext({ minVersion: MIN_TLS });
  try {
    const extra = await readFile(caFile, 'utf8');
    return createSecureContext({ ca: [...getCACertificates('default'), extra], minVersion: MIN_TLS });
  } catch (cause) {
    throw new Error(`cannot use the certificate authorities in ${caFile}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
