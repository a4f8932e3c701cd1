import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { TlsProblem } from './requirement.ts';

/** RFC 6698 §2.1. */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  readonly certificate: Buffer;
}

const DANE_TA = 2;
const DANE_EE = 3;
const FULL = 0;
const DIGESTS: Readonly<Record<number, { readonly algorithm: string; readonly bytes: number }>> = {
  1: { algorithm: 'sha256', bytes: 32 },
  2: { algorithm: 'sha512', bytes: 64 },
};

/** Those that SMTP can use (RFC 7672 §3.1: DANE-TA and DANE-EE alone), without digests for which there is a stronger one (RFC 7671 §9). */
export function usableRecords(records: readonly TlsaRecord[]): TlsaRecord[] {
  const usable = records.filter(isUsable);
  return usable.filter(
    (record) =>
      record.matchingType !== 1 ||
      !usable.some(
        ({ usage, selector, matchingType }) =>
          usage === record.usage && selector === record.selector && matchingType === 2,
      ),
  );
}

function isUsable({ usage, selector, matchingType, certificate }: TlsaRecord): boolean {
  if (usage !== DANE_TA && usage !== DANE_EE) return false;
  if (selector !== 0 && selector !== 1) return false;
  if (matchingType !== FULL) return DIGESTS[matchingType]?.bytes === certificate.length;
  return (selector === 0 ? readCertificate(certificate) : readKey(certificate)) !== null;
}

/**
 * Whether one of the records vouches for what the peer showed (RFC 7672 §3.1): null, or what does not hold. `names`: what a
 * certificate under a DANE-TA record may be for (§3.2.2); a DANE-EE record asks neither for a name nor for a date.
 * `chain`: the peer's own certificate first, DER.
 */
export function daneProblem(
  records: readonly TlsaRecord[],
  chain: readonly Buffer[],
  names: readonly string[],
  now: Date,
): TlsProblem | null {
  const certificates = chain.map(readCertificate).filter((certificate) => certificate !== null);
  const [leaf] = certificates;
  if (!leaf) return { type: 'validation-failure', text: 'the server showed no certificate' };
  if (records.some((record) => record.usage === DANE_EE && matches(record, leaf))) return null;
  const anchored = anchoredPath(records, certificates);
  if (!anchored) return { type: 'validation-failure', text: 'no TLSA record matches the certificate' };
  if (anchored.some((certificate) => !isCurrent(certificate, now)))
    return { type: 'certificate-expired', text: 'a certificate under the TLSA record has expired' };
  if (!names.some((name) => leaf.checkHost(name, { subject: 'never' }) !== undefined))
    return { type: 'certificate-host-mismatch', text: `the certificate is not for ${names.join(' or ')}` };
  return null;
}

/** From the leaf up to what a DANE-TA record names, each signed by the next. */
function anchoredPath(
  records: readonly TlsaRecord[],
  certificates: readonly X509Certificate[],
): X509Certificate[] | null {
  const anchors = records.filter(({ usage }) => usage === DANE_TA);
  for (let i = 0; i < certificates.length; i++) {
    const path = certificates.slice(0, i + 1);
    const top = certificates[i]!;
    if (i > 0 && !isIssuedBy(certificates[i - 1]!, top)) return null;
    if (i > 0 && anchors.some((record) => matches(record, top))) return path;
    // RFC 7672 §3.1.2 lets a server leave out the anchor when the record has it whole.
    for (const record of anchors) {
      if (record.matchingType !== FULL) continue;
      const whole = record.selector === 0 ? readCertificate(record.certificate) : null;
      if (whole && isIssuedBy(top, whole)) return [...path, whole];
      const key = record.selector === 1 ? readKey(record.certificate) : null;
      if (key && top.verify(key)) return path;
    }
  }
  return null;
}

function isIssuedBy(child: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey);
}

function isCurrent(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}

function matches({ selector, matchingType, certificate }: TlsaRecord, shown: X509Certificate): boolean {
  const bytes =
    selector === 0
      ? shown.raw
      : (shown.publicKey.export({ type: 'spki', format: 'der' }) as Buffer<ArrayBufferLike>);
  const digest = DIGESTS[matchingType];
  return certificate.equals(digest ? createHash(digest.algorithm).update(bytes).digest() : bytes);
}

function readCertificate(der: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}

function readKey(der: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
