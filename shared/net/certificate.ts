import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { MIN_TLS } from './handshake.ts';

/** Certificate chain and private key, PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface TlsMaterial {
  readonly secureContext: SecureContext;
  /** SHA-256 of the certificate, `AB:CD:…`, for a person to compare. */
  readonly fingerprint: string;
  /** The certificate chain, PEM. */
  readonly certificate: string;
  /** The DNS names it is for, lower case; `*.example.org` is one. */
  readonly names: readonly string[];
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const DNS_NAME = /(?:^|, )DNS:([^\s,"]+)/g;

/** One for all contexts, without which OpenSSL resumes no session that showed a client certificate. */
const SESSION_ID_CONTEXT = 'cartero';

/** Throws when the two do not belong together, or are no PEM. `clientCa`: by whom clients' certificates are made, PEM. */
export function material({ certificate, key }: Pair, clientCa?: string): TlsMaterial {
  const leaf = new X509Certificate(certificate);
  return {
    secureContext: createSecureContext({
      cert: certificate,
      key,
      minVersion: MIN_TLS,
      honorCipherOrder: true,
      ...(clientCa === undefined ? {} : { ca: clientCa, sessionIdContext: SESSION_ID_CONTEXT }),
    }),
    fingerprint: leaf.fingerprint256,
    // The file may hold the key as well, and this is to be shown.
    certificate: certificate.match(CERTIFICATES)?.join('\n') ?? '',
    names: dnsNames(leaf),
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
  };
}

export function dnsNames(certificate: X509Certificate): string[] {
  const found = [...(certificate.subjectAltName ?? '').matchAll(DNS_NAME)];
  return found.map(([, name = '']) => name.toLowerCase());
}
