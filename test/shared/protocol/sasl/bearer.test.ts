import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthBearerMechanism, XOAuth2Mechanism } from '../../../../shared/protocol/sasl/bearer.ts';
import { ExternalMechanism } from '../../../../shared/protocol/sasl/external.ts';

const MALFORMED = { type: 'failure', reason: 'malformed' };
const verify = (authorizationId: string, token: string) => ({
  type: 'verify',
  credentials: { kind: 'token', authenticationId: '', authorizationId, token },
});
const TOKEN = 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==';

const OAUTHBEARER: readonly [string, unknown][] = [
  [
    `n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer ${TOKEN}\x01\x01`,
    verify('user@example.com', TOKEN),
  ],
  [`n,,\x01auth=bearer  a.b-c_d~e+f/g=\x01\x01`, verify('', 'a.b-c_d~e+f/g=')],
  [`y,,\x01auth=Bearer x\x01\x01`, verify('', 'x')],
  [`n,,\x01auth=Bearer ${'x'.repeat(8_000)}\x01\x01`, verify('', 'x'.repeat(8_000))],
  [`n,,\x01auth=Bearer ${'x'.repeat(9_216)}\x01\x01`, MALFORMED],
  ['p=tls-exporter,,\x01auth=Bearer x\x01\x01', MALFORMED],
  ['n,,\x01auth=Bearer x\x01', MALFORMED],
  ['n,,auth=Bearer x\x01\x01', MALFORMED],
  ['n,,\x01auth=Basic x\x01\x01', MALFORMED],
  ['n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01', MALFORMED],
  ['n,,\x01auth=Bearer x y\x01\x01', MALFORMED],
  ['n,,\x01host=a\x01\x01', MALFORMED],
  ['n,,\x01\x01', MALFORMED],
  ['', MALFORMED],
];

const XOAUTH2: readonly [string, unknown][] = [
  [`user=someuser@example.com\x01auth=Bearer ${TOKEN}\x01\x01`, verify('someuser@example.com', TOKEN)],
  [`auth=Bearer ${TOKEN}\x01\x01`, MALFORMED],
  [`user=\x01auth=Bearer ${TOKEN}\x01\x01`, MALFORMED],
  [`user=a\x01auth=${TOKEN}\x01\x01`, MALFORMED],
  [`user=a\x01auth=Bearer ${TOKEN}`, MALFORMED],
];

test('sasl OAUTHBEARER and XOAUTH2: what is a response', () => {
  for (const [response, step] of OAUTHBEARER) {
    assert.deepEqual(
      new OAuthBearerMechanism('https://i.test').start(Buffer.from(response)),
      step,
      response.slice(0, 50),
    );
  }
  for (const [response, step] of XOAUTH2) {
    assert.deepEqual(new XOAuth2Mechanism().start(Buffer.from(response)), step, response);
  }
});

test('sasl OAUTHBEARER: a refusal is told, answered, and then the exchange has failed', () => {
  const bearer = new OAuthBearerMechanism('https://i.test');
  bearer.start(Buffer.from('n,,\x01auth=Bearer x\x01\x01'));
  const told = bearer.answer({ kind: 'verdict', accepted: false });
  assert.ok(told.type === 'challenge');
  assert.deepEqual(JSON.parse(Buffer.from(told.data).toString()), {
    status: 'invalid_token',
    'openid-configuration': 'https://i.test/.well-known/openid-configuration',
  });
  const refused = { type: 'failure', reason: 'invalid-credentials' };
  assert.deepEqual(bearer.respond(Buffer.from('\x01')), refused);
  assert.deepEqual(bearer.respond(Buffer.from('n,,\x01auth=Bearer x\x01\x01')), refused);
});

test('sasl EXTERNAL: the response is the authorization id', () => {
  const credentials = (authorizationId: string) => ({
    type: 'verify',
    credentials: { kind: 'certificate', authenticationId: '', authorizationId },
  });
  const external = new ExternalMechanism();
  assert.deepEqual(external.start(undefined), { type: 'challenge', data: new Uint8Array() });
  assert.deepEqual(external.respond(Buffer.from('')), credentials(''));
  assert.deepEqual(new ExternalMechanism().start(Buffer.from('a@b.test')), credentials('a@b.test'));
  assert.deepEqual(new ExternalMechanism().start(Buffer.from('a\0')), MALFORMED);
  const identity = { authenticationId: '', authorizationId: '' };
  assert.deepEqual(external.answer({ kind: 'verdict', accepted: true }), { type: 'success', identity });
});
