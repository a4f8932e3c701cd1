import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateSource, Found } from './certificate-store.ts';

/** A chain of ten RSA certificates has 20 KB. */
const MAX_FILE_BYTES = 1_048_576;
/** One a domain; each costs some 50 KB of memory. */
const MAX_PAIRS = 10_000;

/** What is not one of these beside a key is no certificate: `chain.pem`, `README`. */
const CERTIFICATE_NAME = /^(.+)\.(?:crt|pem)$/;

/** A file that is read again only when it was changed. */
export class WatchedFile {
  readonly path: string;
  #seen = '';
  #text = '';

  constructor(path: string) {
    this.path = path;
  }

  /** Throws when it cannot be read. */
  async read(): Promise<string> {
    // Follows links: certbot and Kubernetes put a new file behind the same name.
    const { ino, size, mtimeNs } = await stat(this.path, { bigint: true });
    if (size > MAX_FILE_BYTES) throw new Error(`${this.path} is larger than ${MAX_FILE_BYTES} bytes`);
    const seen = `${ino} ${size} ${mtimeNs}`;
    if (seen !== this.#seen) {
      this.#text = await readFile(this.path, 'utf8');
      // Taken before it was read: what was written meanwhile is seen next time.
      this.#seen = seen;
    }
    return this.#text;
  }
}

class FilePair {
  readonly #certificate: WatchedFile;
  readonly #key: WatchedFile;
  readonly #origin: string;

  constructor(certificate: string, key: string, origin: string) {
    this.#certificate = new WatchedFile(certificate);
    this.#key = new WatchedFile(key);
    this.#origin = origin;
  }

  async read(): Promise<Found> {
    const origin = this.#origin;
    try {
      const [certificate, key] = await Promise.all([this.#certificate.read(), this.#key.read()]);
      return { origin, pair: { certificate, key } };
    } catch (error) {
      return { origin, problem: (error as Error).message };
    }
  }
}

/** TLS_CERT_FILE and TLS_KEY_FILE. */
export function certificateFile(certFile: string, keyFile: string): CertificateSource {
  const pair = new FilePair(certFile, keyFile, `TLS_CERT_FILE ${certFile} with TLS_KEY_FILE ${keyFile}`);
  return { read: async () => [await pair.read()] };
}

/**
 * TLS_CERT_DIR: each certificate that has its key beside it, in the directory itself and in those within it, as
 * `mail.example.org.crt` and `mail.example.org.key`, or as certbot and Kubernetes write them:
 * `mail.example.org/fullchain.pem` and `privkey.pem`, `tls.crt` and `tls.key`.
 */
export function certificateDirectory(directory: string): CertificateSource {
  let known = new Map<string, FilePair>();
  return {
    async read() {
      const found = new Map<string, FilePair>();
      for (const [certificate, key] of await pairsIn(directory)) {
        const origin = join(directory, certificate);
        found.set(origin, known.get(origin) ?? new FilePair(origin, join(directory, key), origin));
      }
      known = found;
      return Promise.all(Array.from(found.values(), (pair) => pair.read()));
    },
  };
}

/** Relative to the directory. */
async function pairsIn(directory: string): Promise<(readonly [string, string])[]> {
  const pairs: (readonly [string, string])[] = [];
  const within = (await readdir(directory)).filter(isShown);
  pairs.push(...pairsAmong(within, ''));
  for (const name of within) {
    const names = await readdir(join(directory, name)).catch(() => []);
    pairs.push(...pairsAmong(names.filter(isShown), name));
  }
  return pairs.slice(0, MAX_PAIRS);
}

/** Editors and Kubernetes keep what is not meant to be read under such names. */
const isShown = (name: string): boolean => !name.startsWith('.');

function pairsAmong(names: readonly string[], under: string): (readonly [string, string])[] {
  const all = new Set(names);
  return [...names].sort().flatMap((name) => {
    const stem = CERTIFICATE_NAME.exec(name)?.[1];
    const key = name === 'fullchain.pem' ? 'privkey.pem' : `${stem}.key`;
    return stem !== undefined && all.has(key) ? [[join(under, name), join(under, key)] as const] : [];
  });
}
