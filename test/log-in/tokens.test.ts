/** OAUTHBEARER and XOAUTH2 by curl, with tokens of an issuer that this test runs. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { missingProgram, runProgram } from '../clients/program.ts';
import { type LogInWorld, openLogInWorld } from './world.ts';

const AUDIENCE = 'mail.example.test';

interface Issuer {
  readonly url: string;
  readonly server: Server;
  /** Requests for keys. */
  asked: number;
  away: boolean;
  token(claims: Record<string, unknown>, change?: (jwt: SignJWT) => SignJWT): Promise<string>;
  foreign(claims: Record<string, unknown>, kid?: string): Promise<string>;
}

async function startIssuer(): Promise<Issuer> {
  const [ours, another] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
  const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    const away = issuer.away && request.url !== '/.well-known/openid-configuration';
    response.statusCode = away ? 503 : 200;
    response.setHeader('content-type', 'application/json');
    if (request.url === '/keys') issuer.asked += 1;
    const keys = { keys: [jwk] };
    const discovery = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` };
    response.end(JSON.stringify(request.url === '/keys' ? keys : discovery));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (
    key: CryptoKey,
    claims: Record<string, unknown>,
    change: (jwt: SignJWT) => SignJWT = (jwt) => jwt,
    kid = 'one',
  ) =>
    change(
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(url)
        .setAudience(AUDIENCE)
        .setExpirationTime('5m'),
    ).sign(key);
  const issuer: Issuer = {
    url,
    server,
    asked: 0,
    away: false,
    token: (claims, change) => sign(ours.privateKey, claims, change),
    foreign: (claims, kid) => sign(another.privateKey, claims, undefined, kid),
  };
  return issuer;
}

describe('log-in by token', { skip: missingProgram('curl') }, () => {
  let issuer: Issuer;
  let world: LogInWorld;
  before(async () => {
    issuer = await startIssuer();
    world = await openLogInWorld({ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE });
  });
  after(async () => {
    await world?.stop();
    issuer?.server.close();
  });

  const curl = (url: string, mechanism: string, token: string, user = 'alice@example.test') =>
    runProgram('curl', [
      '--silent',
      '--show-error',
      '--verbose',
      '--max-time',
      '20',
      '--user',
      user,
      '--oauth2-bearer',
      token,
      '--login-options',
      `AUTH=${mechanism}`,
      url,
      ...(url.startsWith('smtp')
        ? ['--mail-from', 'alice@example.test', '--mail-rcpt', 'bob@example.test', '--upload-file', '-']
        : []),
    ]);

  const urls = () => [
    `imap://127.0.0.1:${world.port('imap')}/`,
    `pop3://127.0.0.1:${world.port('pop3')}/`,
    `smtp://127.0.0.1:${world.port('submission')}/`,
  ];

  test('each protocol takes a token, by both mechanisms', async () => {
    const token = await issuer.token({ email: 'Alice@Example.test' });
    for (const url of urls()) {
      for (const mechanism of ['OAUTHBEARER', 'XOAUTH2']) await curl(url, mechanism, token);
    }
    assert.equal(issuer.asked, 1);
  });

  test('what is wrong with a token is told to nobody but the log', async () => {
    const email = 'alice@example.test';
    const bad: readonly [string, Promise<string>][] = [
      ['expired', issuer.token({ email }, (jwt) => jwt.setExpirationTime('-5m'))],
      ['for another', issuer.token({ email }, (jwt) => jwt.setAudience('elsewhere'))],
      ['of another', issuer.token({ email }, (jwt) => jwt.setIssuer('http://elsewhere.test'))],
      ['signed by another', issuer.foreign({ email })],
      ['with an unknown key', issuer.foreign({ email }, 'two')],
      ['not verified', issuer.token({ email, email_verified: false })],
      ['for nobody', issuer.token({ email: 'nobody@example.test' })],
      ['without an address', issuer.token({})],
      ['no token', Promise.resolve('abc.def.ghi')],
      ['of another account', issuer.token({ email: 'bob@example.test' })],
    ];
    for (const [why, token] of bad) {
      const [imap] = urls();
      await assert.rejects(
        curl(imap!, 'OAUTHBEARER', await token),
        (error: Error) =>
          /Login denied/.test(error.message) && /NO \[AUTHENTICATIONFAILED\]/.test(error.message),
        why,
      );
    }
    const [, pop3, smtp] = urls();
    const expired = await bad[0]![1];
    await assert.rejects(curl(pop3!, 'XOAUTH2', expired), /-ERR \[AUTH\]/);
    await assert.rejects(curl(smtp!, 'XOAUTH2', expired), /535 5\.7\.8/);
  });

  test('an issuer that cannot be asked is a temporary failure', async () => {
    const other = await startIssuer();
    other.away = true;
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => void other.server.close());
    const cut = await openLogInWorld({ OIDC_ISSUER: other.url, OIDC_AUDIENCE: AUDIENCE });
    cleanUp.defer(() => cut.stop());
    const token = await other.token({ email: 'alice@example.test' });
    const imap = `imap://127.0.0.1:${cut.port('imap')}/`;
    await assert.rejects(curl(imap, 'OAUTHBEARER', token), /NO \[UNAVAILABLE\]/);
    const smtp = `smtp://127.0.0.1:${cut.port('submission')}/`;
    await assert.rejects(curl(smtp, 'OAUTHBEARER', token), /454 4\.7\.0/);
    other.away = false;
    await curl(imap, 'OAUTHBEARER', token);
  });
});
