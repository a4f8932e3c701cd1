import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../../shared/net/connection.ts';
import { listen } from '../../../shared/net/listener.ts';
import { connectTo, Peer, serve } from './line-engine.ts';

async function server(t: TestContext, ...options: Parameters<typeof serve>) {
  const made = await serve(...options);
  t.after(() => made.listener.stop(0));
  return made;
}

test('a taken port is named in the error', async (t) => {
  const { listener } = await server(t, {});
  await assert.rejects(
    listen({ host: '127.0.0.1', port: listener.port, maxConnections: 1 }, () => {}),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${listener.port}: the port is taken`),
  );
  await assert.rejects(
    listen({ host: '192.0.2.1', port: 0, maxConnections: 1 }, () => {}),
    /192\.0\.2\.1:0: /,
  );
});

test('a connection knows both ends', async (t) => {
  const { listener, toy } = await server(t, {});
  const client = await connectTo(listener);
  const { connection } = (await toy(0)).drive;
  assert.equal(connection.remoteAddress, '127.0.0.1');
  assert.equal(connection.remotePort, client.localPort);
  assert.equal(connection.localPort, listener.port);
  assert.equal(client.remotePort, listener.port);
  assert.equal(connection.secure, null);
  client.socket.destroy();
});

test('an IPv4 peer of a dual-stack listener has an IPv4 address', async (t) => {
  const { listener, toy } = await server(t, {}, { host: '::' });
  const client = await connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5_000 });
  assert.equal((await toy(0)).drive.connection.remoteAddress, '127.0.0.1');
  client.socket.destroy();
});

test('connect: a refused port and a local address', async (t) => {
  const { listener, toy } = await server(t, {});
  const { port } = listener;
  const client = await connect({ host: '127.0.0.1', port, timeoutMs: 5_000, localAddress: '127.0.0.9' });
  assert.equal((await toy(0)).drive.connection.remoteAddress, '127.0.0.9');
  client.socket.destroy();
  await listener.stop(0);
  await assert.rejects(connect({ host: '127.0.0.1', port, timeoutMs: 5_000 }), /ECONNREFUSED/);
});

test('over the limit a peer is told why; a place that is freed is given again', async (t) => {
  const { listener } = await server(t, {}, { maxConnections: 2, refusal: Buffer.from('too many\r\n') });
  const first = await Peer.to(listener.port);
  const second = await Peer.to(listener.port);
  first.send('a\r\n');
  second.send('a\r\n');
  await Promise.all([first.untilText('echo a'), second.untilText('echo a')]);
  const third = await Peer.to(listener.port);
  await third.untilClosed();
  assert.equal(third.received, 'too many\r\n');
  assert.equal(listener.connections, 2);
  first.socket.destroy();
  while (listener.connections === 2) await pause(5);
  const fourth = await Peer.to(listener.port);
  fourth.send('b\r\n');
  await fourth.untilText('echo b');
  second.socket.destroy();
  fourth.socket.destroy();
});

test('stop: each session says goodbye, the one under way finishes first, new connections are refused', async (t) => {
  const { listener, toy } = await server(t, {
    async handle(line, { engine }) {
      await pause(100);
      engine.say(`echo ${line}`);
    },
    drain: ({ engine }) => {
      engine.say('bye now');
      engine.state = 'closed';
    },
  });
  const idle = await Peer.to(listener.port);
  const busy = await Peer.to(listener.port);
  busy.send('work\r\n');
  await toy(1);
  await pause(20);
  const stopped = listener.stop(5_000);
  await assert.rejects(Peer.to(listener.port));
  await stopped;
  await Promise.all([idle.untilClosed(), busy.untilClosed()]);
  assert.equal(idle.received, 'bye now\r\n');
  assert.equal(busy.received, 'echo work\r\nbye now\r\n');
  assert.equal(listener.connections, 0);
});

test('stop without a drain of the session closes between two events', async (t) => {
  const { listener, toy } = await server(t, {
    async handle(line, { engine }) {
      await pause(50);
      engine.say(`echo ${line}`);
    },
  });
  const peer = await Peer.to(listener.port);
  peer.send('a\r\n');
  await toy(0);
  await pause(20);
  await listener.stop(5_000);
  await peer.untilClosed();
  assert.equal(peer.received, 'echo a\r\n');
});

test('stop destroys what does not end within the grace, and resolves', async (t) => {
  const { listener, toy } = await server(t, { handle: () => new Promise(() => {}), drain: () => {} });
  const peer = await Peer.to(listener.port);
  peer.send('forever\r\n');
  await toy(0);
  await Promise.all([listener.stop(100), listener.stop(100)]);
  await peer.untilClosed();
});

test('a thousand idle connections cost one timer between them', async (t) => {
  const { listener, toys } = await server(t, {}, { maxConnections: 2_000, idleTimeoutMs: 400 });
  const timersBefore = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const peers = await Promise.all(Array.from({ length: 1_000 }, () => Peer.to(listener.port)));
  while (toys.length < 1_000) await pause(5);
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  assert.ok(timers <= timersBefore + 2, `${timers} timers`);
  await Promise.all(peers.map((peer) => peer.untilClosed()));
  assert.ok(peers.every((peer) => peer.received === 'bye idle\r\n'));
});
