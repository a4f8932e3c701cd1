import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startRedis } from '../../../scripts/servers/redis.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { createMemorySessionStore } from '../../../shared/session/memory.ts';
import type { SessionStore } from '../../../shared/session/port.ts';
import { createRedisSessionStore } from '../../../shared/session/redis.ts';
import { missing } from '../../servers.ts';
import { Client, plain, World } from './world.ts';

/** Loopback is not trusted here: that is where the clients of a test come from. */
const STRICT: Partial<Config> = { trustedNetworks: [] };

describe('rates', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  const replica = (config: Partial<Config>, sessions: SessionStore): Promise<Running> =>
    world.with({ sessions }, { ...STRICT, ...config });

  async function mailFrom(client: Client): Promise<string> {
    const said = await client.say('MAIL FROM:<a@c.test>');
    if (said.startsWith('250')) await client.say('RSET');
    return said;
  }

  async function hello(running: Running, listener = 'smtp', login?: string): Promise<Client> {
    const client = await Client.open(running, listener);
    await client.say('EHLO c.test');
    if (login !== undefined) assert.match(await client.say(plain(login)), /^235 /);
    return client;
  }

  test('connections a minute from one address, over two replicas: 421; LMTP has no rate', async () => {
    const sessions = createMemorySessionStore();
    const [one, two] = await Promise.all([
      replica({ connectionRate: 3 }, sessions),
      replica({ connectionRate: 3 }, sessions),
    ]);
    for (const running of [one, two, one]) (await Client.open(running, 'smtp')).close();
    for (const listener of ['smtp', 'submission']) {
      const { client, greeting } = await Client.greeted(two, listener);
      assert.match(greeting, /^421 4\.7\.0 Too many connections a minute/);
      assert.equal(await client.reply(), '<closed>');
    }
    const { client, greeting } = await Client.greeted(two, 'lmtp');
    assert.match(greeting, /^220 /);
    client.close();
  });

  test('connections open at once from one address: 421, until one of them has gone', async () => {
    const running = await replica({ connectionsPerNetwork: 2 }, createMemorySessionStore());
    const clients = [await Client.open(running, 'smtp'), await Client.open(running, 'submission')];
    const refused = await Client.greeted(running, 'smtp');
    assert.match(refused.greeting, /^421 4\.7\.0 Too many connections from your address/);
    assert.match(await clients[0]!.say('QUIT'), /^221 /);
    assert.equal(await clients[0]!.reply(), '<closed>');
    for (let tries = 0; ; tries++) {
      const { client, greeting } = await Client.greeted(running, 'smtp');
      client.close();
      if (greeting.startsWith('220 ')) break;
      assert.ok(tries < 2_000, greeting);
      await pause(5);
    }
    clients[1]!.close();
  });

  test('messages a minute from one address, over two replicas: 450', async () => {
    const sessions = createMemorySessionStore();
    const clients = await Promise.all(
      [1, 2].map(async () => hello(await replica({ messageRate: 3 }, sessions))),
    );
    const said: string[] = [];
    for (const at of [0, 1, 0, 1, 0]) said.push(await mailFrom(clients[at]!));
    assert.deepEqual(
      said.map((line) => line.slice(0, 9)),
      ['250 2.1.0', '250 2.1.0', '250 2.1.0', '450 4.7.1', '450 4.7.1'],
    );
    for (const client of clients) client.close();
  });

  test('what one account submits an hour: messages 450, recipients 452, from wherever; others are not held back', async () => {
    const sessions = createMemorySessionStore();
    const limits = { submitterMessages: 2, submitterRecipients: 3, messageRate: 1 };
    const [one, two] = await Promise.all([replica(limits, sessions), replica(limits, sessions)]);
    const alice = await hello(one, 'submission', 'alice@example.test');
    assert.match(await alice.say('MAIL FROM:<alice@example.test>'), /^250 /);
    for (const name of ['a', 'b', 'c']) assert.match(await alice.say(`RCPT TO:<${name}@else.test>`), /^250 /);
    assert.match(await alice.say('RCPT TO:<d@else.test>'), /^452 4\.5\.3 Too many recipients within an hour/);
    assert.match(await alice.say('RSET'), /^250 /);
    const elsewhere = await hello(two, 'submissions'.slice(0, -1), 'alice@example.test');
    assert.match(await elsewhere.say('MAIL FROM:<alice@example.test>'), /^250 /);
    assert.match(await elsewhere.say('RCPT TO:<e@else.test>'), /^452 /);
    await elsewhere.say('RSET');
    assert.match(await elsewhere.say('MAIL FROM:<alice@example.test>'), /^450 4\.7\.1 Too many messages/);
    const bob = await hello(two, 'submission', 'bob@example.test');
    assert.match(await bob.say('MAIL FROM:<bob@example.test>'), /^250 /);
    assert.match(await bob.say('RCPT TO:<a@else.test>'), /^250 /);
    for (const client of [alice, elsewhere, bob]) client.close();
  });

  test('trusted networks are exempt', async () => {
    const least = { connectionRate: 1, connectionsPerNetwork: 1, messageRate: 1 };
    const running = await world.with(
      { sessions: createMemorySessionStore() },
      { ...least, trustedNetworks: ['127.0.0.0/8'] },
    );
    const clients = [await hello(running), await hello(running), await hello(running)];
    for (const client of clients) {
      assert.match(await mailFrom(client), /^250 /);
      assert.match(await mailFrom(client), /^250 /);
      client.close();
    }
  });

  test('wrong commands and unknown recipients of one session: 421', async () => {
    const running = await replica({ sessionErrors: 4 }, createMemorySessionStore());
    const wrong = await hello(running);
    for (let at = 0; at < 3; at++) assert.match(await wrong.say('WHAT'), /^500 /);
    assert.match(await wrong.say('WHAT'), /^421 4\.7\.0 Too many errors/);
    const harvester = await hello(running);
    await harvester.say('MAIL FROM:<a@c.test>');
    assert.match(await harvester.say('RCPT TO:<aaa@example.test>'), /^550 5\.1\.1/);
    harvester.send('RCPT TO:<aab@example.test>\r\n');
    assert.match(await harvester.reply(), /^550 5\.1\.1/);
    assert.match(await harvester.reply(), /^421 /);
  });

  test('a submission connection without a log-in ends', async () => {
    const running = await replica({ unauthenticatedMs: 50 }, createMemorySessionStore());
    const client = await Client.open(running, 'submission');
    assert.match(await client.reply(), /^421 4\.7\.0 No authentication in time/);
    assert.equal(await client.reply(), '<closed>');
  });

  describe('in Redis', { skip: missing('redis') }, () => {
    let redis: Awaited<ReturnType<typeof startRedis>>;
    let directory: string;
    const stores: SessionStore[] = [];
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'cartero-redis-'));
      redis = await startRedis({ directory });
    });
    after(async () => {
      await Promise.all(stores.map((store) => store.close()));
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    });

    test('two replicas share a count; when Redis goes each counts for itself, tells, and takes mail', async () => {
      const clients: Client[] = [];
      const metrics = createMetrics();
      for (let at = 0; at < 2; at++) {
        const sessions = await createRedisSessionStore({ url: redis.url });
        stores.push(sessions);
        const running = await world.with({ sessions, metrics }, { ...STRICT, messageRate: 4 });
        clients.push(await hello(running));
      }
      const [one, two] = clients as [Client, Client];
      for (const client of [one, one, one, two]) assert.match(await mailFrom(client), /^250 /);
      assert.match(await mailFrom(two), /^450 /);
      await redis.kill('SIGKILL');
      while (stores.some((store) => store.connected)) await pause(5);
      // One has counted three itself, two but two.
      assert.match(await mailFrom(one), /^250 /);
      assert.match(await mailFrom(one), /^450 /);
      assert.match(await mailFrom(two), /^250 /);
      assert.match(await metrics.text(), /^cartero_smtp_rates_unshared 2$/m);
      for (const client of clients) client.close();
    });
  });
});
