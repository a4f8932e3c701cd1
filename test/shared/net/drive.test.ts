import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionClosed } from '../../../shared/net/drive.ts';
import { type Behaviour, connectTo, driveToy, Peer, serve, type ToyServer } from './line-engine.ts';

async function server(
  t: TestContext,
  behaviour: Behaviour,
  options?: Parameters<typeof serve>[1],
): Promise<ToyServer> {
  const made = await serve(behaviour, options);
  t.after(() => made.listener.stop(0));
  return made;
}

test('a pipelined batch is answered in order by one write', async (t) => {
  const { listener } = await server(t, {});
  const peer = await Peer.to(listener.port);
  peer.send(Array.from({ length: 50 }, (_, i) => `line ${i}\r\n`).join(''));
  await peer.untilText('echo line 49\r\n');
  assert.equal(peer.received, Array.from({ length: 50 }, (_, i) => `echo line ${i}\r\n`).join(''));
  assert.equal(peer.reads.length, 1);
  peer.socket.destroy();
});

test('asynchronous handlers run one at a time, in order, and still answer in one write', async (t) => {
  let running = 0;
  const { listener } = await server(t, {
    async handle(line, { engine }) {
      running += 1;
      assert.equal(running, 1);
      await Promise.resolve();
      engine.say(`echo ${line}`);
      running -= 1;
    },
  });
  const peer = await Peer.to(listener.port);
  peer.send('a\r\nb\r\nc\r\n');
  await peer.untilText('echo c\r\n');
  assert.equal(peer.received, 'echo a\r\necho b\r\necho c\r\n');
  assert.equal(peer.reads.length, 1);
  peer.socket.destroy();
});

test('what was said before a slow handler goes out while it runs', async (t) => {
  const slow = Promise.withResolvers<void>();
  const { listener } = await server(t, {
    handle: (line, { engine }) => {
      engine.say(`echo ${line}`);
      if (line === 'slow') return slow.promise;
    },
  });
  const peer = await Peer.to(listener.port);
  peer.send('quick\r\nslow\r\nlast\r\n');
  await peer.untilText('echo quick\r\n');
  assert.ok(!peer.received.includes('last'));
  slow.resolve();
  await peer.untilText('echo last\r\n');
  peer.socket.destroy();
});

test('while a handler is pending the peer is stopped after a bounded read-ahead', async (t) => {
  const slow = Promise.withResolvers<void>();
  const { listener, toy } = await server(t, {
    handle: (line) => (line === 'slow' ? slow.promise : undefined),
  });
  const peer = await Peer.to(listener.port);
  peer.send('slow\r\n');
  const { engine, lines } = await toy(0);
  const block = `${'x'.repeat(65_534)}\r\n`;
  const blocks = 1_000;
  let sent = 0;
  const flood = (async () => {
    for (; sent < blocks; sent++) if (!peer.socket.write(block)) await once(peer.socket, 'drain');
  })();
  let before = -1;
  while (before !== sent) {
    before = sent;
    await pause(100);
  }
  assert.ok(sent < blocks, 'the flood was stopped');
  assert.ok(engine.buffered <= 4 * 65_536, `${engine.buffered} bytes read ahead`);
  slow.resolve();
  await flood;
  peer.send('end\r\n');
  while (lines.at(-1) !== 'end') await pause(5);
  assert.equal(lines.length, blocks + 2);
  peer.socket.destroy();
});

test('a peer that does not read stops the handling of its commands; flush waits', async (t) => {
  const megabyte = Buffer.alloc(1_000_000, 'y');
  let flushed = 0;
  const { listener, toy } = await server(t, {
    async handle(_line, { engine, drive }) {
      engine.sayBytes(megabyte);
      await drive.flush();
      flushed += 1;
    },
  });
  const peer = await Peer.to(listener.port);
  peer.socket.pause();
  peer.send('more\r\n'.repeat(100));
  await toy(0);
  let before = -1;
  while (before !== flushed) {
    before = flushed;
    await pause(100);
  }
  assert.ok(flushed < 100, 'output is bounded');
  peer.socket.resume();
  await peer.until(() => peer.received.length === 100 * megabyte.length, 'all output');
  peer.socket.destroy();
});

test('a synchronous session is stopped as well when the peer does not read', async (t) => {
  const megabyte = Buffer.alloc(1_000_000, 'y');
  const { listener, toy } = await server(t, { handle: (_line, { engine }) => engine.sayBytes(megabyte) });
  const peer = await Peer.to(listener.port);
  peer.socket.pause();
  const { lines } = await toy(0);
  peer.send('more\r\n'.repeat(100));
  await pause(100);
  assert.ok(lines.length < 100, `${lines.length} commands handled`);
  peer.socket.resume();
  await peer.until(() => peer.received.length === 100 * megabyte.length, 'all output');
  peer.socket.destroy();
});

test('wake sends what was added outside of an event, once for a tick', async (t) => {
  const { listener, toy } = await server(t, {});
  const peer = await Peer.to(listener.port);
  const { engine, drive } = await toy(0);
  for (const text of ['one', 'two', 'three']) {
    engine.say(text);
    drive.wake();
  }
  await peer.untilText('three\r\n');
  assert.equal(peer.received, 'one\r\ntwo\r\nthree\r\n');
  assert.equal(peer.reads.length, 1);
  peer.socket.destroy();
});

test('wake sends while a handler is pending, and goes on with an engine that was paused', async (t) => {
  const pending = Promise.withResolvers<void>();
  const { listener, toy } = await server(t, {
    handle: (line, { engine }) => {
      if (line === 'pend') return pending.promise;
      if (line === 'pause') engine.paused = true;
      else engine.say(`echo ${line}`);
    },
  });
  const peer = await Peer.to(listener.port);
  const { engine, drive } = await toy(0);
  peer.send('pend\r\n');
  await pause(20);
  engine.say('pushed');
  drive.wake();
  await peer.untilText('pushed\r\n');
  pending.resolve();
  peer.send('pause\r\nafter\r\n');
  await pause(20);
  assert.ok(!peer.received.includes('after'));
  engine.paused = false;
  drive.wake();
  await peer.untilText('echo after\r\n');
  peer.socket.destroy();
});

test('a greeting written by makeSession is sent', async (t) => {
  const { listener } = await server(t, { greet: ({ engine }) => engine.say('hello') });
  const peer = await Peer.to(listener.port);
  await peer.untilText('hello\r\n');
  peer.socket.destroy();
});

for (const state of ['closed', 'error']) {
  test(`an engine in state '${state}': output is flushed, the connection ended, closed called once`, async (t) => {
    const { listener, toy } = await server(t, {
      handle: (_line, { engine }) => {
        engine.say('goodbye');
        engine.state = state;
      },
    });
    const peer = await Peer.to(listener.port);
    peer.send('quit\r\nignored\r\n');
    await peer.untilClosed();
    assert.equal(peer.received, 'goodbye\r\n');
    assert.ok(peer.ended);
    const { lines, closings, gone } = await toy(0);
    await gone;
    assert.deepEqual(lines, ['quit']);
    assert.deepEqual(closings, [undefined]);
  });
}

test('a peer that sends everything and closes its side still gets every answer', async (t) => {
  const { listener } = await server(t, {
    async handle(line, { engine }) {
      await pause(5);
      engine.say(`echo ${line}`);
    },
  });
  const peer = await Peer.to(listener.port, { allowHalfOpen: true });
  peer.socket.end('a\r\nb\r\nc\r\n');
  await peer.untilClosed();
  assert.equal(peer.received, 'echo a\r\necho b\r\necho c\r\n');
});

test('a large goodbye arrives although the peer keeps sending', async (t) => {
  const body = Buffer.alloc(3_000_000, 'z');
  const { listener } = await server(t, {
    handle: (_line, { engine }) => {
      engine.sayBytes(body);
      engine.state = 'closed';
    },
  });
  const peer = await Peer.to(listener.port, { allowHalfOpen: true });
  peer.send('go\r\n');
  const noise = setInterval(() => peer.send('noise\r\n'.repeat(1_000)), 1);
  await peer.until(() => peer.ended, 'the end');
  clearInterval(noise);
  assert.equal(peer.received.length, body.length);
  peer.socket.destroy();
});

test('an idle peer is told and closed; each command starts the time anew', async (t) => {
  const { listener, toy } = await server(t, {}, { idleTimeoutMs: 600 });
  const peer = await Peer.to(listener.port);
  const began = performance.now();
  for (let i = 0; i < 4; i++) {
    peer.send(`still here ${i}\r\n`);
    await peer.untilText(`here ${i}\r\n`);
    await pause(300);
  }
  await peer.untilClosed();
  assert.ok(performance.now() - began >= 1_500);
  assert.ok(peer.received.endsWith('bye idle\r\n'));
  const { gone, closings } = await toy(0);
  await gone;
  assert.equal(closings.length, 1);
});

test('the time a handler takes is not idleness', async (t) => {
  const { listener } = await server(
    t,
    {
      async handle(line, { engine }) {
        await pause(900);
        engine.say(`echo ${line}`);
      },
    },
    { idleTimeoutMs: 300 },
  );
  const peer = await Peer.to(listener.port);
  peer.send('a\r\n');
  await peer.untilText('echo a\r\n');
  await peer.untilClosed();
  assert.ok(peer.received.endsWith('bye idle\r\n'));
});

test('a peer that takes nothing for the idle time is destroyed', async (t) => {
  const { listener, toy } = await server(
    t,
    {
      async handle(_line, { engine, drive }) {
        for (;;) {
          engine.sayBytes(Buffer.alloc(1_000_000));
          await drive.flush();
        }
      },
    },
    { idleTimeoutMs: 300 },
  );
  const peer = await Peer.to(listener.port);
  peer.socket.pause();
  peer.send('go\r\n');
  const { gone, closings } = await toy(0);
  await gone;
  assert.match(String(closings[0]), /takes nothing/);
  peer.socket.destroy();
});

test('setIdleTimeout shortens and prolongs the deadline', async (t) => {
  const { listener, toy } = await server(t, {
    handle: (line, { drive }) => drive.setIdleTimeout(Number(line)),
  });
  const peer = await Peer.to(listener.port);
  peer.send('100\r\n');
  await peer.untilClosed();
  assert.equal(peer.received, 'bye idle\r\n');
  await (await toy(0)).gone;
});

test('a reset in the middle of output: flush rejects, closed gets the error, nothing crashes', async (t) => {
  const failure = Promise.withResolvers<unknown>();
  const { listener, toy } = await server(t, {
    async handle(_line, { engine, drive }) {
      try {
        for (;;) {
          engine.sayBytes(Buffer.alloc(1_000_000));
          await drive.flush();
        }
      } catch (error) {
        failure.resolve(error);
      }
    },
  });
  const peer = await Peer.to(listener.port);
  peer.socket.pause();
  peer.send('go\r\n');
  const { gone, closings } = await toy(0);
  await pause(50);
  peer.socket.resetAndDestroy();
  assert.ok((await failure.promise) instanceof ConnectionClosed);
  await gone;
  assert.equal(closings.length, 1);
  assert.match(String((closings[0] as NodeJS.ErrnoException).code), /ECONNRESET|EPIPE/);
});

test('closed comes after the handler under way, exactly once', async (t) => {
  const order: string[] = [];
  const slow = Promise.withResolvers<void>();
  const { listener, toy } = await server(t, {
    async handle() {
      await slow.promise;
      order.push('handled');
    },
  });
  const peer = await Peer.to(listener.port);
  peer.send('go\r\n');
  const made = await toy(0);
  await pause(20);
  peer.socket.resetAndDestroy();
  await pause(50);
  assert.deepEqual(made.closings, []);
  slow.resolve();
  await made.gone;
  made.drive.destroy();
  made.drive.close();
  await pause(20);
  assert.deepEqual(order, ['handled']);
  assert.equal(made.closings.length, 1);
});

for (const how of ['throws', 'rejects']) {
  test(`a handler that ${how} destroys the connection and closed gets its error`, async (t) => {
    const { listener, toy } = await server(t, {
      handle: () => {
        if (how === 'throws') throw new Error('a bug');
        return Promise.reject(new Error('a bug'));
      },
    });
    const peer = await Peer.to(listener.port);
    peer.send('go\r\n');
    await peer.untilClosed();
    const { gone, closings } = await toy(0);
    await gone;
    assert.match(String(closings[0]), /a bug/);
  });
}

test('an engine that throws destroys its own connection alone', async (t) => {
  const { listener, toy } = await server(t, {
    handle: (_line, { engine }) => {
      engine.next = () => {
        throw new Error('a bug in the engine');
      };
    },
  });
  const peer = await Peer.to(listener.port);
  peer.send('go\r\n');
  await peer.untilClosed();
  const { gone, closings } = await toy(0);
  await gone;
  assert.match(String(closings[0]), /a bug in the engine/);
});

test('flush after the end rejects, wake and destroy are harmless', async (t) => {
  const { listener, toy } = await server(t, {});
  const peer = await Peer.to(listener.port);
  const { drive, gone } = await toy(0);
  peer.socket.destroy();
  await gone;
  await assert.rejects(drive.flush(), ConnectionClosed);
  drive.wake();
  drive.destroy();
});

test('the client side: drive over connect', async (t) => {
  const { listener } = await server(t, { greet: ({ engine }) => engine.say('hello') });
  const client = driveToy(await connectTo(listener), {
    handle: (line, { engine }) => {
      if (line === 'hello') engine.say('over to you');
      else engine.state = 'closed';
    },
  });
  await client.gone;
  assert.deepEqual(client.lines, ['hello', 'echo over to you']);
});
