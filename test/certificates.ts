/** Certificates for tests: made by a CA of their own, for names, addresses or people. */
import { generate } from 'selfsigned';
import type { Pair } from '../shared/net/certificate.ts';

const DAY_MS = 86_400_000;
const EC = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

export interface TestCa {
  /** PEM. */
  readonly certificate: string;
  forHosts(names: readonly string[], days?: number): Promise<Pair>;
  /** For a person (rfc822Name). */
  forPeople(addresses: readonly string[]): Promise<Pair>;
}

export async function testCa(name = 'a CA of the tests'): Promise<TestCa> {
  const ca = await generate([{ name: 'commonName', value: name }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const make = async (
    altNames: { type: 1 | 2; value: string }[],
    usage: 'serverAuth' | 'clientAuth',
    days = 90,
  ): Promise<Pair> => {
    const made = await generate([{ name: 'commonName', value: altNames[0]!.value }], {
      ...EC,
      ca: { key: ca.private, cert: ca.cert },
      notBeforeDate: new Date(Date.now() - DAY_MS),
      notAfterDate: new Date(Date.now() + days * DAY_MS),
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'extKeyUsage', [usage]: true },
        { name: 'subjectAltName', altNames },
      ],
    });
    return { certificate: made.cert, key: made.private };
  };
  return {
    certificate: ca.cert,
    forHosts: (names, days) =>
      make(
        names.map((value) => ({ type: 2, value })),
        'serverAuth',
        days,
      ),
    forPeople: (addresses) =>
      make(
        addresses.map((value) => ({ type: 1, value })),
        'clientAuth',
      ),
  };
}
