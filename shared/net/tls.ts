/** The certificate: from files, else self-signed for our own names. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { type Config, DEFAULT_DATA_DIR } from '../runtime/config.ts';
import { MIN_TLS } from './handshake.ts';

export interface TlsMaterial {
  readonly secureContext: SecureContext;
  /** SHA-256 of the certificate, `AB:CD:…`, for a person to compare. */
  readonly fingerprint: string;
  /** The certificate chain, PEM. */
  readonly certificate: string;
}

/** Longest life that common clients accept (825 days); a new one is made well before it ends. */
const LIFETIME_MS = 825 * 86_400_000;
const RENEW_BEFORE_MS = 30 * 86_400_000;

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

function material({ certificate, key }: Pair): TlsMaterial {
  return {
    secureContext: createSecureContext({
      cert: certificate,
      key,
      minVersion: MIN_TLS,
      honorCipherOrder: true,
    }),
    fingerprint: new X509Certificate(certificate).fingerprint256,
    // The file may hold the key as well, and this is to be shown.
    certificate: certificate.match(CERTIFICATES)?.join('\n') ?? '',
  };
}

async function selfSigned(names: readonly string[]): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: names[0]! }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 86_400_000),
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

async function fromFiles(certFile: string, keyFile: string): Promise<TlsMaterial> {
  try {
    const [certificate, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return material({ certificate, key });
  } catch (cause) {
    throw new Error(
      `cannot use TLS_CERT_FILE ${certFile} with TLS_KEY_FILE ${keyFile}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

type TlsConfig = Pick<
  Config,
  'tlsCertFile' | 'tlsKeyFile' | 'hostname' | 'dataDir' | 'natsUrl' | 'databaseUrl'
>;

/** A process of a cluster keeps nothing on its disk unless DATA_DIR was set for it. */
const keepsFiles = (config: TlsConfig): boolean =>
  config.dataDir !== DEFAULT_DATA_DIR || config.natsUrl === undefined || config.databaseUrl === undefined;

/** Rejects with a message that names the file when a file cannot be used. */
export async function loadTls(config: TlsConfig): Promise<TlsMaterial> {
  if (config.tlsCertFile && config.tlsKeyFile) return fromFiles(config.tlsCertFile, config.tlsKeyFile);
  const names = [...new Set([config.hostname, 'localhost', '127.0.0.1'])];
  return material(
    keepsFiles(config) ? await keptSelfSigned(join(config.dataDir, 'tls'), names) : await selfSigned(names),
  );
}
