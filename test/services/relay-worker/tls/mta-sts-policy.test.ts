import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isAmong,
  policyLines,
  readStsPolicy,
  readStsRecord,
} from '../../../../services/relay-worker/tls/mta-sts-policy.ts';

test('mta-sts: the record in the DNS', () => {
  const cases: [string[], string | null][] = [
    [['v=STSv1; id=20260101T000000;'], '20260101T000000'],
    [['v=STSv1;id=a1'], 'a1'],
    [['v=spf1 -all', 'v=STSv1; x=y; id=a1'], 'a1'],
    [['v=STSv1; id=a1', 'v=STSv1; id=a2'], null],
    [['v=STSv1; id=with-dash'], null],
    [['v=STSv1;'], null],
    [['v=STSv12; id=a1'], null],
    [[`v=STSv1; id=${'a'.repeat(33)}`], null],
    [[], null],
  ];
  for (const [records, id] of cases) assert.equal(readStsRecord(records), id, records.join());
});

test('mta-sts: a policy, its fields in any order, with line ends of both kinds', () => {
  const text =
    'max_age: 86400\r\nmx: MX1.example.org.\nmx: *.example.net\r\nmode: enforce\r\nversion: STSv1\r\n\r\n';
  assert.deepEqual(readStsPolicy(text, 'a1'), {
    id: 'a1',
    mode: 'enforce',
    mx: ['mx1.example.org', '*.example.net'],
    maxAge: 86_400,
  });
});

test('mta-sts: what is no policy, and bounds', () => {
  const policy = (change: Record<string, string | undefined>, mx = 'mx: a.x\n') =>
    readStsPolicy(
      Object.entries({ version: 'STSv1', mode: 'testing', max_age: '60', ...change })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join('') + mx,
      'i',
    );
  assert.equal(policy({})?.mode, 'testing');
  assert.equal(policy({ extension: 'whatever' })?.mode, 'testing');
  assert.equal(policy({ version: 'STSv2' }), null);
  assert.equal(policy({ mode: 'maybe' }), null);
  assert.equal(policy({ max_age: undefined }), null);
  assert.equal(policy({ max_age: '-1' }), null);
  assert.equal(policy({ max_age: '9999999999' })?.maxAge, 31_557_600);
  assert.equal(policy({}, ''), null);
  assert.equal(policy({ mode: 'none' }, '')?.mode, 'none');
  assert.equal(policy({}, 'mx: a.*.x\n'), null);
  assert.equal(policy({}, 'mx a.x\n'), null);
  assert.equal(policy({}, 'mx: a.x\n'.repeat(101)), null);
});

test('mta-sts: a wildcard stands for one label', () => {
  const mx = ['a.example.org', '*.example.net'];
  const cases: [string, boolean][] = [
    ['a.example.org', true],
    ['A.Example.ORG.', true],
    ['b.example.org', false],
    ['x.example.net', true],
    ['x.y.example.net', false],
    ['example.net', false],
    ['xexample.net', false],
  ];
  for (const [name, among] of cases) assert.equal(isAmong(name, mx), among, name);
});

test('mta-sts: as it stands in a report', () => {
  assert.deepEqual(policyLines({ id: 'i', mode: 'enforce', mx: ['a.x'], maxAge: 5 }), [
    'version: STSv1',
    'mode: enforce',
    'mx: a.x',
    'max_age: 5',
  ]);
});
