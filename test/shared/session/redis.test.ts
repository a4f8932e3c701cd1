/** What only the Redis adapter can meet: a server that goes, hangs and comes back. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startRedis } from '../../../scripts/servers/redis.ts';
import type { SessionRecord, SessionStore } from '../../../shared/session/port.ts';
import { createRedisSessionStore } from '../../../shared/session/redis.ts';
import { missing } from '../../servers.ts';

const record: SessionRecord = {
  sessionId: 's1',
  protocol: 'imap',
  accountId: 'a1',
  address: 'alice@example.test',
  remote: '192.0.2.1:4711',
  gateway: 'g1',
  since: 1,
};

async function ownServer(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'cartero-redis-'));
  const server = await startRedis({ directory });
  t.after(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return server;
}

async function open(t: TestContext, url: string): Promise<SessionStore> {
  const store = await createRedisSessionStore({ url });
  t.after(() => store.close());
  return store;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

/** As the port says for a store that cannot be reached. */
async function degrades(store: SessionStore): Promise<void> {
  await store.put(record, 60_000);
  await store.remove('s1');
  assert.equal(await store.get('s1'), undefined);
  assert.deepEqual(await store.list({ limit: 10 }), []);
  assert.equal(await store.acquire('k', 'h', 0, 60_000), true);
  await store.release('k', 'h');
  assert.equal(await store.count('k', 60_000), 0);
}

describe('Redis', { skip: missing('redis'), timeout: 60_000 }, () => {
  test('the places of a process that ended without a word are free soon, those of one that lives are not', async (t) => {
    const server = await ownServer(t);
    const dead = await createRedisSessionStore({ url: server.url, aliveMs: 150 });
    const alive = await createRedisSessionStore({ url: server.url, aliveMs: 150 });
    t.after(() => alive.close());
    assert.equal(await dead.acquire('k', 'd', 2, 60_000), true);
    assert.equal(await alive.acquire('k', 'a', 2, 60_000), true);
    assert.equal(await alive.acquire('k', 'next', 2, 60_000), false);
    await dead.close();
    for (let tries = 0; !(await alive.acquire('k', 'next', 2, 60_000)); tries++) {
      assert.ok(tries < 400);
      await pause(5);
    }
    assert.equal(await alive.acquire('k', 'more', 2, 60_000), false);
    await alive.release('k', 'a');
    assert.equal(await alive.acquire('k', 'more', 2, 60_000), true);
  });

  test('the server is killed and comes back', async (t) => {
    const server = await ownServer(t);
    const store = await open(t, server.url);
    await store.put(record, 60_000);
    await server.kill('SIGKILL');
    await until(() => !store.connected);
    await degrades(store);
    await server.start();
    await until(() => store.connected);
    await store.put(record, 60_000);
    assert.deepEqual(await store.get('s1'), record);
  });

  test('commands under way when the server dies settle', async (t) => {
    const server = await ownServer(t);
    const store = await open(t, server.url);
    const all = Promise.all(
      Array.from({ length: 2_000 }, (_, i) => store.put({ ...record, sessionId: `s${i}` }, 60_000)),
    );
    await server.kill('SIGKILL');
    await all;
  });

  test('a server that hangs costs one time-out, not one for each call', async (t) => {
    const server = await ownServer(t);
    const store = await open(t, server.url);
    process.kill(server.pid, 'SIGSTOP');
    t.after(() => process.kill(server.pid, 'SIGCONT'));
    await store.count('k', 60_000);
    assert.equal(store.connected, false);
    const began = performance.now();
    await degrades(store);
    assert.ok(performance.now() - began < 500);
    process.kill(server.pid, 'SIGCONT');
    await until(() => store.connected);
    await store.put(record, 60_000);
    assert.deepEqual(await store.get('s1'), record);
  });

  test('the start does not wait for a server that is away; it is found later', async (t) => {
    const server = await ownServer(t);
    await server.stop();
    const store = await open(t, server.url);
    assert.equal(store.connected, false);
    await degrades(store);
    await server.start();
    await until(() => store.connected);
    assert.equal(await store.acquire('k', 'h', 0, 60_000), false);
  });

  test('after close nothing is thrown and nothing is kept alive', async (t) => {
    const server = await ownServer(t);
    const store = await open(t, server.url);
    await store.close();
    await degrades(store);
    await store.close();
  });
});
