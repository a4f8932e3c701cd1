import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Envelope } from '../../../services/smtp-ingress/envelope.ts';
import { judgeRecipient } from '../../../services/smtp-ingress/recipient.ts';
import type { Resolution } from '../../../shared/account/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import type { SpoolTarget } from '../../../shared/spool/port.ts';

type Target = Exclude<Resolution, { kind: 'alias' | 'unknown' }>;

function account(name: string, state: { full?: boolean; disabled?: boolean } = {}): Target {
  const address = `${name}@mx.test`;
  const accountId = name as AccountId;
  return {
    kind: 'account',
    address,
    account: { accountId, address, enabled: !state.disabled, quotaBytes: null, quotaMessages: null },
    overQuota: state.full ?? false,
  };
}
const remote: Target = { kind: 'remote', address: 'r@far.test', destination: 'far.test' };
const alias = (...targets: Target[]): Resolution => ({ kind: 'alias', address: 'all@mx.test', targets });

function judge(resolution: Resolution, mayRelay = false): string {
  const judged = judgeRecipient(resolution, mayRelay);
  return 'code' in judged
    ? `${judged.code} ${judged.enhanced}`
    : judged.map((target) => target.forwardPath).join(' ');
}

const ROWS: readonly [name: string, resolution: Resolution, anyone: string, submitter?: string][] = [
  ['an account', account('a'), 'a@mx.test'],
  ['nobody', { kind: 'unknown', address: 'x@mx.test' }, '550 5.1.1'],
  ['a remote address', remote, '550 5.7.1', 'r@far.test'],
  ['a full account', account('a', { full: true }), '452 4.2.2'],
  ['a disabled account', account('a', { disabled: true }), '550 5.2.1'],
  ['an alias to accounts and beyond', alias(account('a'), remote), 'a@mx.test r@far.test'],
  [
    'an alias with a full account among others',
    alias(account('a', { full: true }), account('b')),
    'a@mx.test b@mx.test',
  ],
  [
    'an alias with a disabled account among others',
    alias(account('a', { disabled: true }), account('b')),
    'b@mx.test',
  ],
  [
    'an alias of full accounts',
    alias(account('a', { full: true }), account('b', { disabled: true })),
    '452 4.2.2',
  ],
  ['an alias of disabled accounts', alias(account('a', { disabled: true })), '550 5.2.1'],
];

for (const [name, resolution, anyone, submitter = anyone] of ROWS) {
  test(`recipient: ${name}`, () => {
    assert.equal(judge(resolution), anyone);
    assert.equal(judge(resolution, true), submitter);
  });
}

test('envelope: who is reached by several forward-paths gets the message once', () => {
  const local = (forwardPath: string): SpoolTarget => ({
    kind: 'local',
    account: 'a' as AccountId,
    forwardPath,
  });
  const far = (forwardPath: string): SpoolTarget => ({
    kind: 'remote',
    destination: 'far.test',
    forwardPath,
  });
  const envelope = new Envelope('s@x', '7bit', undefined);
  envelope.add('a@mx.test', [local('a@mx.test')]);
  envelope.add('all@mx.test', [local('a@mx.test'), far('r@far.test')]);
  envelope.add('R@far.test', [far('R@far.test')]);
  assert.deepEqual(envelope.recipients, [{ target: local('a@mx.test') }, { target: far('r@far.test') }]);
  assert.equal(envelope.forwardPaths.length, 3);
});
