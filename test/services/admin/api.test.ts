import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accountsChanged } from '../../../shared/bus/subjects.ts';
import { openPGlite } from '../../../shared/database/pglite.ts';
import type { Database } from '../../../shared/database/port.ts';
import { startAdmin, TOKEN } from './cluster.ts';

describe('the admin API', () => {
  let database: Database;
  let admin: Awaited<ReturnType<typeof startAdmin>>;
  const reasons: string[] = [];
  before(async () => {
    database = await openPGlite(undefined);
    admin = await startAdmin(database, () => reasons);
  });
  after(async () => {
    await admin.stop();
    await database.close();
  });

  const ask = async (method: string, path: string, body?: unknown, token = TOKEN) => {
    const response = await fetch(`${admin.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
  };

  test('nothing under /api is answered without the token', async () => {
    for (const token of ['', 'wrong', `${TOKEN}x`, TOKEN.slice(1)]) {
      for (const [method, path] of [
        ['GET', '/api/domains'],
        ['POST', '/api/domains'],
        ['GET', '/api/nowhere'],
        ['DELETE', '/api/accounts/a@example.test'],
      ] as const) {
        assert.equal((await ask(method, path, undefined, token)).status, 401, `${method} ${path} '${token}'`);
      }
    }
    const bare = await fetch(`${admin.url}/api/domains`);
    assert.equal(bare.status, 401);
    assert.equal(bare.headers.get('www-authenticate'), 'Bearer');
  });

  test('health, readiness and metrics need none', async () => {
    assert.deepEqual([(await ask('GET', '/healthz', undefined, '')).text], ['ok\n']);
    assert.equal((await ask('GET', '/readyz', undefined, '')).status, 200);
    reasons.push('imap-gateway: the bus is away');
    const away = await ask('GET', '/readyz', undefined, '');
    assert.deepEqual([away.status, away.text], [503, 'imap-gateway: the bus is away\n']);
    reasons.length = 0;
    const metrics = await ask('GET', '/metrics', undefined, '');
    assert.match(metrics.text, /^cartero_admin_requests_total\{status="401"\} \d+$/m);
  });

  test('each refusal has its status and one line of text', async () => {
    await ask('POST', '/api/domains', { name: 'example.test' });
    const account = { address: 'a@example.test', password: 'secret' };
    assert.equal((await ask('POST', '/api/accounts', account)).status, 201);
    const table: [string, string, unknown, number, string][] = [
      ['POST', '/api/domains', { name: 'example.test' }, 409, 'exists'],
      ['POST', '/api/domains', { name: 'a b' }, 400, 'bad-domain'],
      ['POST', '/api/domains', { nome: 'x' }, 400, 'bad-request'],
      ['POST', '/api/domains', '{', 400, 'bad-request'],
      ['POST', '/api/domains', 'null', 400, 'bad-request'],
      ['DELETE', '/api/domains/example.test', undefined, 409, 'not-empty'],
      ['DELETE', '/api/domains/other.test', undefined, 404, 'not-found'],
      ['POST', '/api/accounts', account, 409, 'exists'],
      ['POST', '/api/accounts', { ...account, address: 'a@other.test' }, 400, 'not-local'],
      ['POST', '/api/accounts', { ...account, quotaBytes: '5' }, 400, 'bad-request'],
      ['POST', '/api/accounts', { ...account, quotaBytes: -5 }, 400, 'bad-request'],
      ['PUT', '/api/accounts/b@example.test/password', { password: 'x' }, 404, 'not-found'],
      ['PUT', '/api/accounts/a@example.test/password', { password: '' }, 400, 'bad-password'],
      ['PUT', '/api/accounts/a@example.test/quota', {}, 400, 'bad-request'],
      ['DELETE', '/api/accounts/b@example.test', undefined, 404, 'not-found'],
      ['GET', '/api/accounts?limit=0', undefined, 400, 'bad-request'],
      ['GET', '/api/accounts?what=1', undefined, 400, 'bad-request'],
      ['POST', '/api/aliases', { address: 'x@example.test', targets: [] }, 400, 'bad-request'],
      ['DELETE', '/api/aliases/x@example.test', undefined, 404, 'not-found'],
      ['GET', '/api/queue?after=x', undefined, 400, 'bad-request'],
      ['POST', '/api/queue/retry', { all: true }, 404, 'not-found'],
      ['POST', '/api/queue/retry', { entries: ['x'] }, 400, 'bad-request'],
      ['POST', '/api/queue/cancel', { all: false }, 400, 'bad-request'],
      ['GET', '/api/sessions?address=b@example.test', undefined, 404, 'not-found'],
      ['POST', '/api/sessions/x/kick', undefined, 404, 'not-found'],
      ['GET', '/api/nowhere', undefined, 404, 'not-found'],
      ['GET', '/', undefined, 404, 'not-found'],
    ];
    for (const [method, path, body, status, code] of table) {
      const { status: given, json } = await ask(method, path, body);
      const what = `${method} ${path} ${JSON.stringify(body)}`;
      assert.deepEqual([given, json?.error?.code], [status, code], what);
      assert.match(json.error.text, /^[^\n]+$/, what);
    }
  });

  test('a request larger than a mebibyte is refused', async () => {
    const { status, json } = await ask('POST', '/api/domains', { name: 'x'.repeat(1_100_000) });
    assert.deepEqual([status, json.error.code], [413, 'too-large']);
  });

  test('no answer holds a password or anything made of one', async () => {
    await ask('POST', '/api/accounts', { address: 'shy@example.test', password: 'never shown' });
    for (const path of ['/api/accounts', '/api/domains', '/metrics']) {
      assert.doesNotMatch((await ask('GET', path)).text, /never shown|scram|salt|_key/i);
    }
    const changed = await ask('PUT', '/api/accounts/shy@example.test/password', { password: 'new one' });
    assert.deepEqual(Object.keys(changed.json), ['address', 'accountId']);
  });

  test('a change is announced, a look is not', async () => {
    let announced = 0;
    const subscription = await admin.ports.bus.subscribe(accountsChanged(), () => {
      announced += 1;
      return undefined;
    });
    await ask('GET', '/api/domains');
    await ask('POST', '/api/domains', { name: 'a b' });
    await ask('POST', '/api/domains', { name: 'announced.test' });
    await subscription.unsubscribe();
    assert.equal(announced, 1);
  });

  test('a taken port is one clear line', async () => {
    const { start } = await import('../../../services/admin/service.ts');
    const { readConfig } = await import('../../../shared/runtime/config.ts');
    const port = new URL(admin.url).port;
    const config = readConfig({ ADMIN_PORT: port, ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'silent' });
    await assert.rejects(start(admin.ports as never, config), {
      message: new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port} `),
    });
  });
});

test('an API whose database is gone says so, and tells nothing more', async () => {
  const database = await openPGlite(undefined);
  const admin = await startAdmin(database);
  await database.close();
  const response = await fetch(`${admin.url}/api/domains`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const body = (await response.json()) as { error: { code: string; text: string } };
  assert.ok(response.status === 503 || response.status === 500, String(response.status));
  assert.doesNotMatch(body.error.text, /pglite|driver|destroyed|select/i);
  assert.equal((await fetch(`${admin.url}/readyz`)).status, 503);
  await admin.stop();
});

test('an idle service is ready again when its database is back', async () => {
  const database = await openPGlite(undefined);
  let connected = false;
  const restarted: Database = {
    ...database,
    get connected() {
      return connected;
    },
    prepared: (...statement) => {
      connected = true;
      return database.prepared(...statement);
    },
  };
  const admin = await startAdmin(restarted);
  const status = async () => (await fetch(`${admin.url}/readyz`)).status;
  assert.equal(await status(), 503);
  while ((await status()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  await admin.stop();
  await database.close();
});
