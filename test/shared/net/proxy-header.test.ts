import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { material } from '../../../shared/net/certificate.ts';
import { Networks } from '../../../shared/net/networks.ts';
import { selfSigned } from '../../../shared/net/self-signed.ts';
import { cuts } from '../protocol/smtp/cuts.ts';
import { type Behaviour, Peer, serve } from './line-engine.ts';

const tls = material(await selfSigned(['mail.example.test']));
const HEADER = 'PROXY TCP4 203.0.113.9 198.51.100.2 56324 25\r\n';

const who: Behaviour = {
  greet: ({ engine }) => engine.say('hello'),
  handle(line, { engine, drive: { connection } }) {
    const { remoteAddress, remotePort, localAddress, localPort, network, loopback } = connection;
    engine.say(`${line}: ${remoteAddress} ${remotePort} ${localAddress} ${localPort} ${network} ${loopback}`);
  },
};

async function server(t: TestContext, options: Parameters<typeof serve>[1] = {}) {
  const made = await serve(who, { proxies: new Networks(['127.0.0.0/8']), ...options });
  t.after(() => made.listener.stop(0));
  return made.listener;
}

test('the client is who the proxy says, however the header is cut', async (t) => {
  const { port } = await server(t);
  for (const pieces of cuts(Buffer.from(`${HEADER}one\r\n`))) {
    const peer = await Peer.to(port);
    for (const piece of pieces) peer.socket.write(piece);
    await peer.untilText('one: 203.0.113.9 56324 198.51.100.2 25 203.0.113.9 false\r\n');
    peer.send('two\r\n');
    await peer.untilText('two: 203.0.113.9');
    peer.socket.destroy();
  }
});

test('nobody is greeted before the header; LOCAL is the proxy itself', async (t) => {
  const { port } = await server(t);
  const peer = await Peer.to(port);
  const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
  peer.socket.write(local.subarray(0, 15));
  assert.equal(peer.received, '');
  peer.socket.write(local.subarray(15));
  await peer.untilText('hello\r\n');
  peer.send('x\r\n');
  await peer.untilText('x: 127.0.0.1');
  assert.match(peer.received, /true\r\n$/);
  peer.socket.destroy();
});

test('a client of the proxy that is on its loopback is not on ours', async (t) => {
  const { port } = await server(t);
  const peer = await Peer.to(port);
  peer.send('PROXY TCP4 127.0.0.1 127.0.0.1 56324 25\r\nx\r\n');
  await peer.untilText('x: 127.0.0.1 56324 127.0.0.1 25 127.0.0.1 false\r\n');
  peer.socket.destroy();
});

test('from a proxy without a header, with a broken one, or with none in time: closed, without a word', async (t) => {
  const { port } = await server(t, { proxyHeaderTimeoutMs: 50 });
  for (const said of ['EHLO x\r\n', 'PROXY TCP4 1\r\n', '', 'PROXY TCP4 203.0.113.9']) {
    const peer = await Peer.to(port);
    peer.send(said);
    await peer.untilClosed();
    assert.equal(peer.received, '', said);
  }
});

test('from elsewhere a header is no header', async (t) => {
  const { port } = await server(t, { proxies: new Networks(['203.0.113.0/24']) });
  const peer = await Peer.to(port);
  peer.send(HEADER);
  await peer.untilText(`${HEADER.trim()}: 127.0.0.1`);
  assert.match(peer.received, /true\r\n$/);
  peer.socket.destroy();
});

test('before TLS from the first byte, in one packet with the client hello and before it', async (t) => {
  const { port } = await server(t, { tls });
  for (const corked of [true, false]) {
    const plain = await Peer.to(port);
    plain.socket.removeAllListeners('data');
    if (corked) plain.socket.cork();
    plain.send(HEADER);
    const socket = tlsConnect({
      socket: plain.socket,
      ca: tls.certificate,
      servername: 'mail.example.test',
    });
    plain.socket.uncork();
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const peer = new Peer(socket);
    peer.send('x\r\n');
    await peer.untilText('x: 203.0.113.9 56324');
    socket.destroy();
  }
});

test('stop does not wait for a header', async () => {
  const { listener } = await serve(who, { proxies: new Networks(['127.0.0.1']) });
  const peer = await Peer.to(listener.port);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await listener.stop(5_000);
  await peer.untilClosed();
});
