/** What only the NATS adapter can meet: a server that goes and comes back. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startNats } from '../../../scripts/servers/nats.ts';
import { createNatsBus } from '../../../shared/bus/nats.ts';
import { type Bus, BusError } from '../../../shared/bus/port.ts';
import { missing, natsUrl, uniquePrefix } from '../../servers.ts';

async function ownServer(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'cartero-nats-'));
  const server = await startNats({ directory });
  t.after(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return server;
}

async function open(t: TestContext, url: string, name: string): Promise<Bus> {
  const bus = await createNatsBus({ url, name, startTimeoutMs: 10_000 });
  t.after(() => bus.close());
  return bus;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no failure',
    (error) => (error instanceof BusError ? error.failure : String(error)),
  );

describe('NATS', { skip: missing('nats'), timeout: 60_000 }, () => {
  test('the server is killed and comes back: requests fail at once, then everything works again', async (t) => {
    const server = await ownServer(t);
    const near = await open(t, server.url, 'near');
    const far = await open(t, server.url, 'far');
    let reconnects = 0;
    near.onReconnect(() => {
      reconnects += 1;
    });
    const never = new Promise<null>(() => {});
    const got: unknown[] = [];
    await far.subscribe('echo', ({ payload }) => (payload === 'never' ? never : payload));
    await far.subscribe('hint', ({ payload }) => void got.push(payload) as undefined);
    const waiting = failure(near.request('echo', 'never', { timeoutMs: 30_000 }));

    await server.kill('SIGKILL');
    assert.equal(await waiting, 'disconnected');
    await until(() => !near.connected && !far.connected);
    assert.equal(await failure(near.request('echo', 1, { timeoutMs: 30_000 })), 'disconnected');
    near.publish('hint', 'lost');
    // Subscribing does not wait for a server that is away, and is in force when it is back.
    await far.subscribe('later', ({ payload }) => payload);

    await server.start();
    await until(() => near.connected && far.connected);
    assert.equal(reconnects, 1);
    assert.equal(await near.request('echo', 2, { timeoutMs: 5_000 }), 2);
    assert.equal(await near.request('later', 3, { timeoutMs: 5_000 }), 3);
    near.publish('hint', 'seen');
    await until(() => got.length > 0);
    assert.deepEqual(got, ['seen']);
  });

  test('close while the server is away does not hang', async (t) => {
    const server = await ownServer(t);
    const bus = await createNatsBus({ url: server.url, name: 'closing' });
    await bus.subscribe('x', () => null);
    await server.kill('SIGKILL');
    await until(() => !bus.connected);
    await bus.close();
    assert.equal(bus.connected, false);
  });

  test('the start waits for a server that comes later', async (t) => {
    const server = await ownServer(t);
    await server.stop();
    const opening = open(t, server.url, 'early');
    await pause(300);
    await server.start();
    assert.equal((await opening).connected, true);
  });

  test('two clusters with prefixes of their own hear nothing of each other', async (t) => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => createNatsBus({ url: natsUrl(), name, prefix: `${uniquePrefix()}.` })),
    );
    t.after(() => Promise.all([one!.close(), two!.close()]));
    await two!.subscribe('>', () => 'from two');
    assert.equal(await failure(one!.request('anything', 1, { timeoutMs: 5_000 })), 'no-responders');
    assert.equal(await two!.request('anything', 1, { timeoutMs: 5_000 }), 'from two');
  });
});

test('no server within the time: the error names it, and not the password', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const url = `nats://user:secret@127.0.0.1:${port}`;
  await assert.rejects(createNatsBus({ url, name: 'alone', startTimeoutMs: 300 }), (error: Error) => {
    assert.match(error.message, new RegExp(`NATS at 127\\.0\\.0\\.1:${port} cannot be reached`));
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
