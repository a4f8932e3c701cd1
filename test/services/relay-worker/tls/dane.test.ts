import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { daneProblem, type TlsaRecord, usableRecords } from '../../../../services/relay-worker/tls/dane.ts';
import { type TestCa, testCa } from '../../../certificates.ts';

const der = (pem: string) => new X509Certificate(pem).raw;
const key = (pem: string) =>
  new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }) as Buffer;
const hashes = {
  0: (bytes: Buffer) => bytes,
  1: (bytes: Buffer) => createHash('sha256').update(bytes).digest(),
  2: (bytes: Buffer) => createHash('sha512').update(bytes).digest(),
};
const record = (usage: number, selector: number, matchingType: 0 | 1 | 2, pem: string): TlsaRecord => ({
  usage,
  selector,
  matchingType,
  certificate: hashes[matchingType](selector === 0 ? der(pem) : key(pem)),
});

let ca: TestCa;
let other: TestCa;
let leaf: string;
let expired: string;
before(async () => {
  [ca, other] = await Promise.all([testCa(), testCa('another CA')]);
  leaf = (await ca.forHosts(['mx.example.org'])).certificate;
  expired = (await ca.forHosts(['mx.example.org'], -0.5)).certificate;
});

const problem = (records: TlsaRecord[], chain: string[], names = ['mx.example.org']) =>
  daneProblem(usableRecords(records), chain.map(der), names, new Date())?.type ?? 'holds';

test('dane: every selector and matching type of DANE-EE and DANE-TA', () => {
  for (const selector of [0, 1]) {
    for (const matchingType of [0, 1, 2] as const) {
      const name = `${selector} ${matchingType}`;
      assert.equal(problem([record(3, selector, matchingType, leaf)], [leaf]), 'holds', `3 ${name}`);
      assert.equal(
        problem([record(2, selector, matchingType, ca.certificate)], [leaf, ca.certificate]),
        'holds',
        `2 ${name}`,
      );
      assert.equal(
        problem([record(3, selector, matchingType, ca.certificate)], [leaf, ca.certificate]),
        'validation-failure',
        `the CA's is not the server's: 3 ${name}`,
      );
      assert.equal(
        problem([record(2, selector, matchingType, other.certificate)], [leaf, ca.certificate]),
        'validation-failure',
        `2 ${name}`,
      );
    }
  }
});

test('dane: DANE-EE asks neither for name nor date, DANE-TA for both', () => {
  assert.equal(problem([record(3, 1, 1, expired)], [expired], ['elsewhere.test']), 'holds');
  assert.equal(problem([record(2, 0, 1, ca.certificate)], [expired, ca.certificate]), 'certificate-expired');
  assert.equal(
    problem([record(2, 0, 1, ca.certificate)], [leaf, ca.certificate], ['elsewhere.test']),
    'certificate-host-mismatch',
  );
  assert.equal(
    problem([record(2, 0, 1, ca.certificate)], [leaf, ca.certificate], ['elsewhere.test', 'mx.example.org']),
    'holds',
  );
});

test('dane: an anchor that the server leaves out counts when the record has all of it', () => {
  assert.equal(problem([record(2, 0, 0, ca.certificate)], [leaf]), 'holds');
  assert.equal(problem([record(2, 1, 0, ca.certificate)], [leaf]), 'holds');
  assert.equal(problem([record(2, 0, 1, ca.certificate)], [leaf]), 'validation-failure');
});

test('dane: a chain whose links do not hold anchors nothing', async () => {
  // The anchor is shown, but did not sign the leaf.
  const stranger = (await other.forHosts(['mx.example.org'])).certificate;
  assert.equal(problem([record(2, 0, 1, ca.certificate)], [stranger, ca.certificate]), 'validation-failure');
  // A certificate that is no CA's signs nothing.
  assert.equal(problem([record(2, 0, 1, leaf)], [leaf, leaf]), 'validation-failure');
  assert.equal(problem([record(3, 1, 1, leaf)], []), 'validation-failure');
});

test('dane: what SMTP cannot use is passed over; of two digests the stronger counts', () => {
  const garbage = { usage: 3, selector: 0, matchingType: 1, certificate: Buffer.alloc(5) };
  assert.deepEqual(
    usableRecords([
      record(0, 0, 1, ca.certificate),
      record(1, 0, 1, leaf),
      { ...record(3, 0, 1, leaf), selector: 2 },
      { ...record(3, 0, 1, leaf), matchingType: 9 },
      { ...garbage, matchingType: 0 },
      garbage,
    ]),
    [],
  );
  const strong = record(3, 1, 2, leaf);
  assert.deepEqual(usableRecords([record(3, 1, 1, leaf), strong]), [strong]);
  // The weaker one matches, the stronger does not.
  assert.equal(problem([record(3, 1, 1, leaf), record(3, 1, 2, expired)], [leaf]), 'validation-failure');
  // Another usage is another matter; records of a certificate to come do not disturb.
  assert.equal(problem([record(2, 0, 2, other.certificate), record(3, 1, 1, leaf)], [leaf]), 'holds');
});
