import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Envelope } from '../../../services/smtp-ingress/envelope.ts';
import { type Asked, judgeRecipient } from '../../../services/smtp-ingress/recipient.ts';
import type { Account, Resolution } from '../../../shared/account/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import type { MailParameters } from '../../../shared/protocol/smtp/mail-parameters.ts';
import type { SpoolRecipient } from '../../../shared/spool/port.ts';

type Target = Exclude<Resolution, { kind: 'alias' | 'unknown' }>;

function account(
  name: string,
  state: { full?: boolean; disabled?: boolean; room?: number; quota?: number } = {},
): Target {
  const address = `${name}@mx.test`;
  const accountId = name as AccountId;
  return {
    kind: 'account',
    address,
    account: {
      accountId,
      address,
      enabled: !state.disabled,
      quotaBytes: state.quota ?? null,
      quotaMessages: null,
    },
    overQuota: state.full ?? false,
    ...(state.room === undefined ? {} : { room: state.room }),
  };
}
const remote: Target = { kind: 'remote', address: 'r@far.test', destination: 'far.test' };
const alias = (...targets: Target[]): Resolution => ({ kind: 'alias', address: 'all@mx.test', targets });
const list = (...targets: Target[]): Resolution => ({
  kind: 'alias',
  address: 'all@mx.test',
  list: true,
  targets: targets.map((target) => ({ ...target, listOwner: 'owner-all@mx.test' })),
});

const ASKED: Asked = { notify: 0, mayRelay: false, size: 0, nullReversePath: false };

function judge(resolution: Resolution, asked: Partial<Asked> = {}): string {
  const judged = judgeRecipient(resolution, { ...ASKED, ...asked });
  if ('code' in judged) return `${judged.code} ${judged.enhanced}`;
  return judged
    .map(({ target, notify, report, reversePath }) =>
      [target.forwardPath, report, reversePath && `from ${reversePath}`, notify && `notify ${notify}`]
        .filter(Boolean)
        .join(' '),
    )
    .join(', ');
}

const ROWS: readonly [name: string, resolution: Resolution, anyone: string, submitter?: string][] = [
  ['an account', account('a'), 'a@mx.test'],
  ['nobody', { kind: 'unknown', address: 'x@mx.test' }, '550 5.1.1'],
  ['a remote address', remote, '550 5.7.1', 'r@far.test'],
  ['a full account', account('a', { full: true }), '452 4.2.2'],
  ['a disabled account', account('a', { disabled: true }), '550 5.2.1'],
  ['an alias to accounts and beyond', alias(account('a'), remote), 'a@mx.test, r@far.test'],
  [
    'an alias with a full account among others',
    alias(account('a', { full: true }), account('b')),
    'a@mx.test over-quota, b@mx.test',
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
    assert.equal(judge(resolution, { mayRelay: true }), submitter);
  });
}

const ASKING: readonly [name: string, resolution: Resolution, asked: Partial<Asked>, said: string][] = [
  ['a size beyond the room that is left', account('a', { room: 50 }), { size: 51 }, '452 4.2.2'],
  ['a size that fits the room', account('a', { room: 50 }), { size: 50 }, 'a@mx.test'],
  ['a size beyond the whole quota', account('a', { room: 50, quota: 100 }), { size: 101 }, '552 5.2.3'],
  ['what was asked for an account goes along', account('a'), { notify: 6 }, 'a@mx.test notify 6'],
  ['what was asked for an alias of one goes along', alias(remote), { notify: 6 }, 'r@far.test notify 6'],
  [
    'success of an alias of many is told as expanded',
    alias(account('a'), remote),
    { notify: 6 },
    'a@mx.test notify 4, r@far.test notify 4, all@mx.test expanded notify 6',
  ],
  [
    'only success of an alias of many',
    alias(account('a'), account('b')),
    { notify: 2 },
    'a@mx.test notify 1, b@mx.test notify 1, all@mx.test expanded notify 2',
  ],
  [
    'NEVER stays NEVER',
    alias(account('a'), remote),
    { notify: 1 },
    'a@mx.test notify 1, r@far.test notify 1',
  ],
  [
    'a list takes what comes back, and tells the sender that it has the message',
    list(account('a'), account('f', { full: true })),
    { notify: 6 },
    'a@mx.test from owner-all@mx.test, f@mx.test over-quota from owner-all@mx.test, all@mx.test delivered notify 6',
  ],
  [
    'nobody to be told of a full member: it gets the message',
    alias(account('a', { full: true }), account('b')),
    { nullReversePath: true },
    'a@mx.test, b@mx.test',
  ],
];

for (const [name, resolution, asked, said] of ASKING) {
  test(`recipient: ${name}`, () => assert.equal(judge(resolution, asked), said));
}

const local = (forwardPath: string, more: Partial<SpoolRecipient> = {}): SpoolRecipient => ({
  target: { kind: 'local', account: 'a' as AccountId, forwardPath },
  ...more,
});
const far = (forwardPath: string, more: Partial<SpoolRecipient> = {}): SpoolRecipient => ({
  target: { kind: 'remote', destination: 'far.test', forwardPath },
  ...more,
});
const envelopeOf = (parameters: Partial<MailParameters> = {}, submitter?: Account): Envelope =>
  new Envelope(
    's@x',
    { size: 0, body: '7bit', auth: false, smtpUtf8: false, requireTls: false, ...parameters },
    submitter,
    1_000,
  );

test('envelope: who is reached by several forward-paths gets the message once', () => {
  const envelope = envelopeOf();
  envelope.add('a@mx.test', [local('a@mx.test')]);
  envelope.add('all@mx.test', [local('a@mx.test'), far('r@far.test')]);
  envelope.add('R@far.test', [far('R@far.test')]);
  assert.deepEqual(envelope.recipients, [local('a@mx.test'), far('r@far.test')]);
  assert.equal(envelope.forwardPaths.length, 3);
});

test('envelope: Return-Path is the one that all get it from, else the one that was given', () => {
  const envelope = envelopeOf();
  assert.equal(envelope.returnPath, 's@x');
  envelope.add('l@mx.test', [local('a@mx.test', { reversePath: 'owner-l@mx.test' })]);
  assert.equal(envelope.returnPath, 'owner-l@mx.test');
  envelope.add('r@far.test', [far('r@far.test')]);
  assert.equal(envelope.returnPath, 's@x');
});

test('envelope: times count from MAIL, and only those we know go before others', () => {
  const timed = envelopeOf({
    deliverBy: { seconds: 60, mode: 'return', trace: true },
    hold: { kind: 'for', seconds: 5 },
    priority: 3,
  });
  assert.deepEqual(timed.deliverBy, { at: 61_000, mode: 'return', trace: true });
  assert.equal(timed.heldUntil, 6_000);
  assert.equal(timed.priority, 0);
  assert.equal(envelopeOf({ priority: -4 }).priority, -4);
  const { account: known } = account('a') as Extract<Target, { kind: 'account' }>;
  assert.equal(envelopeOf({ priority: 3 }, known).priority, 3);
  assert.equal(envelopeOf({ hold: { kind: 'until', at: 999 } }).heldUntil, undefined);
});
