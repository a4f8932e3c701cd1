import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setEnabled } from '../../../shared/account/set-enabled.ts';
import { setPassword } from '../../../shared/account/set-password.ts';
import type { JmapClient } from './jmap-client.ts';
import { openWorld, PASSWORD, type World } from './world.ts';

describe('webmail over HTTP', () => {
  let world: World;
  let address: string;
  let client: JmapClient;
  before(async () => {
    world = await openWorld();
    address = await world.account();
    client = await world.jmap(address);
  });
  after(() => world.stop());

  const sameOrigin = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  const logIn = (password: string, headers: Record<string, string> = sameOrigin, username = address) =>
    fetch(`${world.origin}/auth/log-in`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ username, password }),
    });
  const cookieOf = (response: Response): string => (response.headers.get('set-cookie') ?? '').split(';')[0]!;
  const session = (cookie: string) => fetch(`${world.origin}/auth/session`, { headers: { cookie } });

  test('a log-in opens a session that a cookie holds, and log-out ends it', async () => {
    const response = await logIn(PASSWORD);
    assert.equal(response.status, 204);
    assert.match(
      response.headers.get('set-cookie') ?? '',
      /^cartero=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    );
    const cookie = cookieOf(response);
    const found = await session(cookie);
    assert.equal(found.status, 200);
    assert.equal(((await found.json()) as { address: string }).address, address);
    const jmap = await fetch(`${world.origin}/.well-known/jmap`, { headers: { cookie } });
    assert.equal(((await jmap.json()) as { username: string }).username, address);
    const out = await fetch(`${world.origin}/auth/log-out`, {
      method: 'POST',
      headers: { ...sameOrigin, cookie },
    });
    assert.equal(out.status, 204);
    assert.equal((await session(cookie)).status, 401);
  });

  test('a wrong password, an unknown address and a made-up cookie are refused alike', async () => {
    assert.equal((await logIn('wrong')).status, 401);
    assert.equal((await logIn('wrong', sameOrigin, 'nobody@example.test')).status, 401);
    assert.equal((await session(`cartero=${'a'.repeat(43)}`)).status, 401);
    assert.equal((await fetch(`${world.origin}/.well-known/jmap`)).status, 401);
  });

  test('another site can do nothing with the cookie', async () => {
    const cookie = cookieOf(await logIn(PASSWORD));
    const api = (headers: Record<string, string>) =>
      fetch(`${world.origin}/jmap/api`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, ...headers },
        body: JSON.stringify({ using: ['urn:ietf:params:jmap:core'], methodCalls: [['Core/echo', {}, 'a']] }),
      });
    assert.equal((await api({})).status, 403);
    assert.equal((await api({ 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await api({ 'sec-fetch-site': 'same-site' })).status, 403);
    assert.equal((await api({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await api({ origin: 'null' })).status, 403);
    assert.equal((await api({ origin: world.origin })).status, 200);
    assert.equal((await api({ 'sec-fetch-site': 'same-origin' })).status, 200);
    assert.equal((await logIn(PASSWORD, { ...sameOrigin, 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await logIn(PASSWORD, { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await api({ 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' })).status, 400);
  });

  test('a new password and a disabled account end sessions', async () => {
    const other = await world.account();
    const cookie = cookieOf(await logIn(PASSWORD, sameOrigin, other));
    assert.equal((await session(cookie)).status, 200);
    await setPassword(world.ports.database, other, 'quite another one');
    assert.equal((await session(cookie)).status, 401);
    const third = await world.account();
    const held = cookieOf(await logIn(PASSWORD, sameOrigin, third));
    await setEnabled(world.ports.database, third, false);
    assert.equal((await session(held)).status, 401);
  });

  test('every response has the headers that keep a browser safe', async () => {
    for (const path of ['/', '/auth/session', '/jmap/session', '/no/such/thing', '/../../etc/passwd']) {
      const { headers } = await fetch(`${world.origin}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.ok(!policy.includes('unsafe-inline') && !policy.includes('unsafe-eval'), path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
    }
  });

  test('Core/echo answers; what is no request is refused as RFC 8620 §3.6.1 has it', async () => {
    const args = { hello: true, high: 5 };
    const body = (using: string[], methodCalls: unknown) => JSON.stringify({ using, methodCalls });
    const core = 'urn:ietf:params:jmap:core';
    const echo = await client.post('/jmap/api', body([core], [['Core/echo', args, 'b3ff']]));
    const answer = (await echo.json()) as { methodResponses: unknown; sessionState: string };
    assert.deepEqual(answer.methodResponses, [['Core/echo', args, 'b3ff']]);
    const state = ((await (await client.get('/jmap/session')).json()) as { state: string }).state;
    assert.equal(answer.sessionState, state);
    for (const [sent, status, type] of [
      ['{', 400, 'notJSON'],
      ['[]', 400, 'notRequest'],
      [body([core], [['Core/echo', []]]), 400, 'notRequest'],
      [body(['urn:example:no'], []), 400, 'unknownCapability'],
      [
        body(
          [core],
          Array.from({ length: 65 }, (_, at) => ['Core/echo', {}, `${at}`]),
        ),
        400,
        'limit',
      ],
      [`"${'x'.repeat(10_000_001)}"`, 413, 'limit'],
    ] as const) {
      const response = await client.post('/jmap/api', sent);
      assert.equal(response.status, status, type);
      const problem = (await response.json()) as { type: string };
      assert.equal(problem.type, `urn:ietf:params:jmap:error:${type}`);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
    }
  });

  test('unknown methods, other accounts and wrong references are errors of their call alone', async () => {
    const types = (await client.request(
      ['Foo/get', {}],
      ['Core/echo', { '#ids': { resultOf: 'nothing', name: 'Foo/get', path: '/ids' } }],
      ['Core/echo', { ids: [], '#ids': { resultOf: 'c0', name: 'x', path: '/ids' } }],
      ['Core/echo', { list: [{ ids: ['a', 'b'] }, { ids: ['c'] }] }, 'e'],
      ['Core/echo', { '#all': { resultOf: 'e', name: 'Core/echo', path: '/list/*/ids' } }],
    )) as [string, Record<string, unknown>, string][];
    assert.deepEqual(
      types.map(([name, args]) => (name === 'error' ? args.type : name)),
      ['unknownMethod', 'invalidResultReference', 'invalidArguments', 'Core/echo', 'Core/echo'],
    );
    assert.deepEqual(types.at(-1)![1].all, ['a', 'b', 'c']);
  });

  test('references that multiply are stopped', async () => {
    const calls: [string, Record<string, unknown>, string][] = [
      ['Core/echo', { list: Array.from({ length: 10 }, () => ({ x: 'x' })) }, 'r0'],
    ];
    for (let at = 1; at < 40; at += 1) {
      const reference = { resultOf: `r${at - 1}`, name: 'Core/echo', path: '' };
      calls.push(['Core/echo', { '#a': reference, '#b': reference }, `r${at}`]);
    }
    const answers = await client.request(...calls);
    assert.ok(answers.filter(([name]) => name === 'error').length > 20);
  });
});
