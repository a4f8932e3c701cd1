import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scramPrimitives } from '../../../../shared/account/scram.ts';
import { decodeBase64 } from '../../../../shared/protocol/sasl/base64.ts';
import { MAX_CREDENTIAL_BYTES } from '../../../../shared/protocol/sasl/credentials.ts';
import { SaslDialogue } from '../../../../shared/protocol/sasl/dialogue.ts';
import { LoginMechanism } from '../../../../shared/protocol/sasl/login.ts';
import type { SaslMechanism } from '../../../../shared/protocol/sasl/mechanism.ts';
import { offerMechanisms, type SaslCircumstances } from '../../../../shared/protocol/sasl/mechanisms.ts';
import { PlainMechanism } from '../../../../shared/protocol/sasl/plain.ts';

const MALFORMED = { type: 'failure', reason: 'malformed' };
const verify = (authenticationId: string, password: string, authorizationId = '') => ({
  type: 'verify',
  credentials: { kind: 'password', authenticationId, authorizationId, password },
});
const limit = 'x'.repeat(MAX_CREDENTIAL_BYTES);

const PLAIN: readonly [response: string, step: unknown][] = [
  ['\0tim\0tanstaaftanstaaf', verify('tim', 'tanstaaftanstaaf')],
  ['Ursel\0Kurt\0xipj3plmq', verify('Kurt', 'xipj3plmq', 'Ursel')],
  ['\0jürgen\0pässwörd', verify('jürgen', 'pässwörd')],
  ['\0a b\0 spaces are part of it ', verify('a b', ' spaces are part of it ')],
  [`\0${limit}\0${limit}`, verify(limit, limit)],
  [`\0${limit}x\0p`, MALFORMED],
  [`\0a\0${limit}x`, MALFORMED],
  ['', MALFORMED],
  ['tim', MALFORMED],
  ['\0tim', MALFORMED],
  ['\0\0p', MALFORMED],
  ['\0tim\0', MALFORMED],
  ['\0tim\0a\0b', MALFORMED],
];

for (const [response, step] of PLAIN) {
  test(`sasl PLAIN: ${JSON.stringify(response).slice(0, 40)}`, () => {
    assert.deepEqual(new PlainMechanism().start(Buffer.from(response)), step);
    const asked = new PlainMechanism();
    assert.deepEqual(asked.start(undefined), { type: 'challenge', data: new Uint8Array() });
    assert.deepEqual(asked.respond(Buffer.from(response)), step);
  });
}

test('sasl: octets that are not UTF-8 are malformed', () => {
  assert.deepEqual(new PlainMechanism().start(Buffer.from('\0t\xff\0p', 'latin1')), MALFORMED);
});

test('sasl LOGIN: two prompts, or one when the name came with the command', () => {
  const login = new LoginMechanism();
  assert.deepEqual(login.start(undefined), { type: 'challenge', data: Buffer.from('Username:') });
  assert.deepEqual(login.respond(Buffer.from('alice')), {
    type: 'challenge',
    data: Buffer.from('Password:'),
  });
  assert.deepEqual(login.respond(Buffer.from('secret')), verify('alice', 'secret'));
  assert.deepEqual(new LoginMechanism().start(Buffer.from('alice')), {
    type: 'challenge',
    data: Buffer.from('Password:'),
  });
  assert.deepEqual(new LoginMechanism().start(Buffer.from('')), MALFORMED);
});

test('sasl: the verdict decides, and only after credentials came', () => {
  const identity = { authenticationId: 'alice', authorizationId: '' };
  for (const accepted of [true, false]) {
    const plain = new PlainMechanism();
    plain.start(Buffer.from('\0alice\0secret'));
    const step = accepted
      ? { type: 'success', identity }
      : { type: 'failure', reason: 'invalid-credentials' };
    assert.deepEqual(plain.answer({ kind: 'verdict', accepted }), step);
  }
  assert.equal(new PlainMechanism().answer({ kind: 'verdict', accepted: true }).type, 'failure');
  assert.equal(new LoginMechanism().answer({ kind: 'verdict', accepted: true }).type, 'failure');
});

const CLEAR = { primitives: scramPrimitives, binding: undefined, issuer: undefined, certificate: false };

test('sasl: each mechanism is offered where it works, and found by name in any letter case', () => {
  const table: [Partial<SaslCircumstances>, string][] = [
    [{}, 'SCRAM-SHA-256 PLAIN LOGIN'],
    [{ binding: () => undefined }, 'SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN'],
    [{ certificate: true }, 'SCRAM-SHA-256 EXTERNAL PLAIN LOGIN'],
    [{ issuer: 'https://i.test' }, 'SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN'],
  ];
  for (const [circumstances, names] of table) {
    const offer = offerMechanisms({ ...CLEAR, ...circumstances });
    assert.equal(offer.names.join(' '), names);
    for (const name of offer.names) assert.ok(offer.create(name.toLowerCase()), name);
  }
  const offer = offerMechanisms(CLEAR);
  assert.ok(offer.create('plain') instanceof PlainMechanism);
  for (const name of ['GSSAPI', 'constructor', 'SCRAM-SHA-256-PLUS', 'EXTERNAL', 'XOAUTH2']) {
    assert.equal(offer.create(name), undefined, name);
  }
});

test('sasl: base64 is taken strictly', () => {
  assert.deepEqual(decodeBase64('AGE='), Buffer.from('\0a'));
  assert.deepEqual(decodeBase64(''), Buffer.from(''));
  for (const text of ['A', 'AG', 'AGE', 'AGE=AGE=', 'A===', '====', ' AGE', 'AG E', 'AG-_', 'AGE=\r']) {
    assert.equal(decodeBase64(text), undefined, text);
  }
});

test('sasl: a dialogue carries base64 lines', () => {
  const dialogue = new SaslDialogue(new LoginMechanism());
  assert.deepEqual(dialogue.start(undefined), { type: 'challenge', text: 'VXNlcm5hbWU6' });
  assert.deepEqual(dialogue.line('YWxpY2U='), { type: 'challenge', text: 'UGFzc3dvcmQ6' });
  assert.deepEqual(dialogue.line('*'), { type: 'failure', reason: 'cancelled' });
  assert.deepEqual(new SaslDialogue(new PlainMechanism()).start('='), MALFORMED);
  assert.deepEqual(new SaslDialogue(new PlainMechanism()).start('!'), MALFORMED);
});

test('sasl: additional data with success goes out in one more challenge', () => {
  const identity = { authenticationId: 'alice', authorizationId: '' };
  const mutual: SaslMechanism = {
    start: () => ({ type: 'success', identity, data: Buffer.from('v=x') }),
    respond: () => assert.fail('the exchange is over'),
    answer: () => assert.fail('nothing was asked'),
  };
  const dialogue = new SaslDialogue(mutual);
  assert.deepEqual(dialogue.start(undefined), { type: 'challenge', text: 'dj14' });
  assert.deepEqual(dialogue.line(''), { type: 'success', identity });
});
