import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { material } from '../../../shared/net/certificate.ts';
import { connect } from '../../../shared/net/connection.ts';
import { listen } from '../../../shared/net/listener.ts';
import { selfSigned } from '../../../shared/net/self-signed.ts';
import { type Behaviour, connectTo, driveToy, Peer, serve } from './line-engine.ts';

const tls = material(await selfSigned(['mail.example.test', 'localhost', '127.0.0.1']));
const ca = tls.certificate;

/** Says `go` and upgrades at `starttls`; echoes everything else with what the connection is. */
const starttls: Behaviour = {
  handle(line, { engine, drive }) {
    if (line === 'quit') {
      engine.say('goodbye');
      engine.state = 'closed';
    } else if (line === 'starttls') {
      engine.say('go');
      return drive.startTls(tls);
    } else engine.say(`echo ${line} ${drive.connection.secure?.protocol ?? 'plain'}`);
  },
};

async function server(t: TestContext, behaviour = starttls, options: Parameters<typeof serve>[1] = {}) {
  const made = await serve(behaviour, options);
  t.after(() => made.listener.stop(0));
  return made;
}

function securely(socket: Peer['socket'], options = {}): Promise<Peer & { socket: TLSSocket }> {
  socket.removeAllListeners('data');
  const secured = tlsConnect({ socket, ca, servername: 'mail.example.test', ...options });
  return new Promise((resolve, reject) => {
    secured.once('secureConnect', () => resolve(new Peer(secured) as Peer & { socket: TLSSocket }));
    secured.once('error', reject);
  });
}

test('STARTTLS: plain before, TLS 1.3 after, with a certificate for our name', async (t) => {
  const { listener, toy } = await server(t);
  const plain = await Peer.to(listener.port);
  plain.send('a\r\n');
  await plain.untilText('echo a plain\r\n');
  plain.send('starttls\r\n');
  await plain.untilText('go\r\n');
  const peer = await securely(plain.socket);
  assert.ok(peer.socket.authorized);
  peer.send('b\r\nquit\r\n');
  await peer.untilClosed();
  assert.equal(peer.received, 'echo b TLSv1.3\r\ngoodbye\r\n');
  const { drive, gone, closings } = await toy(0);
  await gone;
  assert.equal(drive.connection.secure?.servername, 'mail.example.test');
  assert.deepEqual(closings, [undefined]);
});

for (const [name, ending] of [
  ['in the same packet', 'starttls\r\nevil\r\n'],
  ['as half a line', 'starttls\r\nev'],
] as const) {
  test(`bytes after STARTTLS ${name} destroy the connection`, async (t) => {
    const { listener, toy } = await server(t);
    const peer = await Peer.to(listener.port);
    peer.send(ending);
    await peer.untilClosed();
    const { gone, closings, lines } = await toy(0);
    await gone;
    assert.deepEqual(lines, ['starttls']);
    assert.match(String(closings[0]), /before the new layer began/);
  });
}

test('a handshake that fails closes the connection and the session hears of it once', async (t) => {
  const { listener, toy } = await server(t);
  const peer = await Peer.to(listener.port);
  peer.send('starttls\r\n');
  await peer.untilText('go\r\n');
  peer.send('this is no ClientHello\r\n');
  await peer.untilClosed();
  const { gone, closings, lines } = await toy(0);
  await gone;
  assert.equal(closings.length, 1);
  assert.ok(closings[0] instanceof Error);
  assert.deepEqual(lines, ['starttls']);
});

test('a peer that goes away during the handshake is closed once', async (t) => {
  const { listener, toy } = await server(t);
  const peer = await Peer.to(listener.port);
  peer.send('starttls\r\n');
  await peer.untilText('go\r\n');
  peer.socket.resetAndDestroy();
  const { gone, closings } = await toy(0);
  await gone;
  assert.equal(closings.length, 1);
});

test('a client hello sent before the go-ahead was read still works', async (t) => {
  const { listener } = await server(t, {
    async handle(line, toy) {
      if (line === 'starttls') {
        toy.engine.say('go');
        await toy.drive.startTls(tls);
      } else toy.engine.say(`echo ${line}`);
    },
  });
  const plain = await Peer.to(listener.port);
  plain.send('starttls\r\n');
  await plain.untilText('go');
  const peer = await securely(plain.socket);
  peer.send('x\r\n');
  await peer.untilText('echo x\r\n');
  peer.socket.destroy();
});

test('TLS below 1.2 is refused', async (t) => {
  const { listener } = await server(t, starttls, { tls });
  await assert.rejects(
    new Promise((resolve, reject) => {
      const socket = tlsConnect({
        port: listener.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    }),
  );
});

test('implicit TLS: batches, large output both ways, half-closed peers', async (t) => {
  const body = Buffer.alloc(5_000_000, 'b');
  const { listener } = await server(
    t,
    {
      handle(line, { engine }) {
        engine.say(`length ${line.length}`);
        if (line === 'big') engine.sayBytes(body);
      },
    },
    { tls },
  );
  const connection = await connect({
    host: '127.0.0.1',
    port: listener.port,
    timeoutMs: 5_000,
    tls: { servername: '127.0.0.1', rejectUnauthorized: false },
  });
  assert.equal(connection.secure?.protocol, 'TLSv1.3');
  const peer = new Peer(connection.socket);
  peer.socket.write(`${'x'.repeat(2_000_000)}\r\nbig\r\n`);
  peer.socket.end();
  await peer.untilClosed();
  assert.equal(peer.received.length, 'length 2000000\r\nlength 3\r\n'.length + body.length);
});

test('a peer that speaks plain text to a TLS port, or nothing at all, is closed and others are served', async (t) => {
  const { listener } = await server(t, starttls, { tls, handshakeTimeoutMs: 200 });
  const plain = await Peer.to(listener.port);
  plain.send('EHLO there\r\n');
  const silent = await Peer.to(listener.port);
  await plain.untilClosed();
  await silent.untilClosed();
  const good = await connect({
    host: 'localhost',
    port: listener.port,
    timeoutMs: 5_000,
    tls: { servername: 'localhost', rejectUnauthorized: false },
  });
  good.socket.destroy();
});

test('connect checks the certificate when asked to, and gives up on a silent server', async (t) => {
  const { listener } = await server(t, starttls, { tls });
  const to = { host: '127.0.0.1', port: listener.port };
  await assert.rejects(
    connect({ ...to, timeoutMs: 5_000, tls: { servername: 'mail.example.test', rejectUnauthorized: true } }),
    /self.signed/,
  );
  const silent = await listen({ host: '127.0.0.1', port: 0, maxConnections: 5 }, () => {});
  t.after(() => silent.stop(0));
  await assert.rejects(
    connect({
      host: '127.0.0.1',
      port: silent.port,
      timeoutMs: 200,
      tls: { servername: 'x.test', rejectUnauthorized: false },
    }),
    /no TLS handshake within/,
  );
});

test('STARTTLS from the client side', async (t) => {
  const { listener } = await server(t);
  const client = driveToy(await connectTo(listener), {
    greet: ({ engine }) => engine.say('starttls'),
    async handle(line, { engine, drive }) {
      if (line !== 'go') {
        engine.say('quit');
        engine.state = 'closed';
        return;
      }
      await drive.startTlsClient({ servername: 'mail.example.test', rejectUnauthorized: false });
      engine.say('secret');
    },
  });
  await client.gone;
  assert.deepEqual(client.lines, ['go', 'echo secret TLSv1.3']);
  assert.equal(client.drive.connection.secure?.protocol, 'TLSv1.3');
});

test('a client whose server injects bytes after its go-ahead gives up', async (t) => {
  const { listener } = await server(t, {
    handle: (_line, { engine }) => {
      engine.say('go');
      engine.say('injected');
    },
  });
  const client = driveToy(await connectTo(listener), {
    greet: ({ engine }) => engine.say('starttls'),
    handle: (_line, { drive }) => drive.startTlsClient({ servername: 'x.test', rejectUnauthorized: false }),
  });
  await client.gone;
  assert.deepEqual(client.lines, ['go']);
  assert.match(String(client.closings[0]), /before the new layer began/);
});

test('a reset of a TLS connection crashes nothing', async (t) => {
  const { listener, toy } = await server(
    t,
    {
      async handle(_line, { engine, drive }) {
        for (;;) {
          engine.sayBytes(Buffer.alloc(500_000));
          await drive.flush();
        }
      },
    },
    { tls },
  );
  const connection = await connect({
    host: '127.0.0.1',
    port: listener.port,
    timeoutMs: 5_000,
    tls: { servername: 'localhost', rejectUnauthorized: false },
  });
  connection.socket.write('go\r\n');
  await pause(50);
  connection.socket.destroy();
  const { gone, closings } = await toy(0);
  await gone;
  assert.equal(closings.length, 1);
});
