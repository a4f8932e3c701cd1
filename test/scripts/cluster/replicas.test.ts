import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReplicas } from '../../../scripts/cluster/replicas.ts';

test('--replicas names services and numbers', () => {
  assert.deepEqual(parseReplicas('imap-gateway=2,mailbox-store=3'), {
    'imap-gateway': 2,
    'mailbox-store': 3,
  });
  assert.deepEqual(parseReplicas('pop3-gateway=0'), { 'pop3-gateway': 0 });
});

for (const [list, complaint] of [
  ['imap-gateway', /"imap-gateway" is not of the form/],
  ['imap-gateway=-1', /is not of the form/],
  ['imap-gateway=two', /is not of the form/],
  ['imap=2', /there is no service imap; there are .*mailbox-store/],
  ['toString=2', /is not of the form|there is no service/],
  ['', /is not of the form/],
] as const)
  test(`--replicas ${JSON.stringify(list)} is refused with a clear line`, () => {
    assert.throws(() => parseReplicas(list), complaint);
  });
