import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startForwarder } from '../../../scripts/chaos/forwarder.ts';

/** Answers each chunk with its own name before it. */
async function echo(name: string): Promise<{ port: number; got: string[]; stop(): void }> {
  const got: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      got.push(chunk.toString());
      socket.write(`${name}:${chunk}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    got,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a link of the chaos harness', () => {
  const stops: (() => unknown)[] = [];
  after(async () => {
    for (const stop of stops) await stop();
  });

  async function linked() {
    const [one, two] = [await echo('one'), await echo('two')];
    const link = await startForwarder(one.port);
    stops.push(one.stop, two.stop, () => link.stop());
    const open = async () => {
      const socket = connect(link.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    };
    return { one, two, link, open };
  }
  const answer = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);
  const silent = async (socket: Socket): Promise<boolean> =>
    Promise.race([answer(socket).then(() => false), sleep(150, true)]);

  test('passes bytes both ways, and the end', async () => {
    const { open } = await linked();
    const socket = await open();
    socket.write('a');
    assert.equal(await answer(socket), 'one:a');
    socket.end();
  });

  test('a cut holds bytes back, each way on its own, and healed they arrive in order', async () => {
    const { one, link, open } = await linked();
    const socket = await open();
    link.cut(['to-client']);
    socket.write('a');
    assert.ok(await silent(socket));
    assert.deepEqual(one.got, ['a'], 'the server has heard it');
    link.heal();
    assert.equal(await answer(socket), 'one:a');
    link.cut(['to-server']);
    socket.write('b');
    const late = await open();
    late.write('c');
    assert.ok(await silent(socket));
    assert.deepEqual(one.got, ['a']);
    const answers = Promise.all([answer(socket), answer(late)]);
    link.heal();
    assert.deepEqual(await answers, ['one:b', 'one:c']);
    for (const each of [socket, late]) each.destroy();
  });

  test('a reset ends connections, and pointed elsewhere it leads there', async () => {
    const { two, link, open } = await linked();
    const first = await open();
    first.write('a');
    await answer(first);
    const closed = new Promise((resolve) => first.once('close', resolve));
    link.point(two.port);
    await closed;
    const second = await open();
    second.write('b');
    assert.equal(await answer(second), 'two:b');
    second.destroy();
    assert.equal(link.accepted, 2);
  });
});
