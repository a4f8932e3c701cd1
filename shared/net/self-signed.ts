/** A certificate for our own names that nobody vouches for: for development, and until there is another. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { Pair } from './certificate.ts';
import type { CertificateSource } from './certificate-store.ts';

/** Longest life that common clients accept (825 days); a new one is made well before it ends. */
const LIFETIME_MS = 825 * 86_400_000;
const RENEW_BEFORE_MS = 30 * 86_400_000;
/** A clock that is behind ours accepts it as well. */
const BACKDATED_MS = 86_400_000;

export async function selfSigned(names: readonly string[]): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: names[0]! }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - BACKDATED_MS),
    notAfterDate: new Date(Date.now() + LIFETIME_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

function usable(pem: string, names: readonly string[]): boolean {
  try {
    const certificate = new X509Certificate(pem);
    const left = Date.parse(certificate.validTo) - Date.now();
    return left > RENEW_BEFORE_MS && names.every((name) => certificate.subjectAltName?.includes(name));
  } catch {
    return false;
  }
}

const ignoreMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

/**
 * Key and certificate lie in one file, so that they appear, and are replaced, together. Of two processes that
 * start at the same time one makes it and the other reads it.
 */
async function keptSelfSigned(directory: string, names: readonly string[]): Promise<Pair> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'self-signed.pem');
  const kept = await readFile(file, 'utf8').catch(ignoreMissing);
  if (kept !== undefined && usable(kept, names)) return { certificate: kept, key: kept };

  const made = await selfSigned(names);
  const fresh = join(directory, `.${randomBytes(8).toString('hex')}.pem`);
  await writeFile(fresh, `${made.certificate.trim()}\n${made.key}`, { mode: 0o600, flag: 'wx' });
  try {
    if (kept !== undefined) await rename(fresh, file);
    else await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  const pem = await readFile(file, 'utf8');
  return { certificate: pem, key: pem };
}

/** `directory`: kept there, and the same one for all processes that start with it; undefined: a new one each time. */
export function selfSignedCertificate(
  names: readonly string[],
  directory: string | undefined,
): CertificateSource {
  const origin = 'self-signed';
  let pair: Pair | undefined;
  let renewAt = 0;
  return {
    async read() {
      if (pair === undefined || Date.now() > renewAt) {
        pair = directory === undefined ? await selfSigned(names) : await keptSelfSigned(directory, names);
        renewAt = Date.parse(new X509Certificate(pair.certificate).validTo) - RENEW_BEFORE_MS;
      }
      return [{ origin, pair }];
    },
  };
}
