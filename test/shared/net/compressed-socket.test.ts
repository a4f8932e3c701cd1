import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib';
import { CompressedSocket } from '../../../shared/net/compressed-socket.ts';

const IDLE_MS = 30;

/** The client's side, by zlib's own streams: one state each way for the whole connection. */
class Peer {
  readonly socket: Socket;
  readonly #deflate = createDeflateRaw();
  #received = Buffer.alloc(0);
  #wake = (): void => {};
  /** Bytes on the wire. */
  compressed = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    const inflate = createInflateRaw({ flush: constants.Z_SYNC_FLUSH });
    socket.on('data', (chunk) => {
      this.compressed += chunk.length;
    });
    socket.on('error', () => {});
    socket.pipe(inflate).on('data', (piece: Buffer) => {
      this.#received = Buffer.concat([this.#received, piece]);
      this.#wake();
    });
    inflate.on('error', () => {});
    this.#deflate.on('data', (chunk: Buffer) => socket.write(chunk));
  }

  /** Compressed, flushed. */
  async send(bytes: Buffer | string): Promise<void> {
    this.#deflate.write(bytes);
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve));
  }

  async take(length: number): Promise<Buffer> {
    while (this.#received.length < length)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }
}

describe('a compressed socket', () => {
  const server = createServer({ noDelay: true, allowHalfOpen: true });
  const sockets: Socket[] = [];
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  async function pair(): Promise<{ ours: CompressedSocket; peer: Peer; under: Socket }> {
    const accepted = once(server, 'connection');
    const client = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    const [under] = (await accepted) as [Socket];
    sockets.push(client, under);
    under.on('error', () => {});
    const ours = new CompressedSocket(under, IDLE_MS);
    ours.on('error', () => {});
    return { ours, peer: new Peer(client), under };
  }

  const received = async (ours: CompressedSocket, length: number): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    let size = 0;
    while (size < length) {
      const piece = ours.read() as Buffer | null;
      if (piece === null) {
        await once(ours, 'readable');
        continue;
      }
      pieces.push(piece);
      size += piece.length;
    }
    return Buffer.concat(pieces);
  };

  test('both ways, small and large, what compresses and what does not', async () => {
    const { ours, peer } = await pair();
    const parts = [
      Buffer.from('a'),
      Buffer.from('* 1 FETCH (FLAGS (\\Seen) UID 7)\r\n'),
      Buffer.from('the same line again and again\r\n'.repeat(20_000)),
      randomBytes(300_000),
      Buffer.from('x'),
    ];
    for (const part of parts) {
      await peer.send(part);
      assert.ok((await received(ours, part.length)).equals(part));
      ours.write(part);
      assert.ok((await peer.take(part.length)).equals(part));
    }
    ours.cork();
    for (const part of parts) ours.write(part);
    ours.uncork();
    const all = Buffer.concat(parts);
    assert.ok((await peer.take(all.length)).equals(all));
  });

  test('each write can be read at once, and those that resemble the one before are small', async () => {
    const { ours, peer } = await pair();
    for (let at = 0; at < 50; at += 1) {
      const line = `* ${1000 + at} FETCH (UID ${5000 + at} FLAGS (\\Seen \\Answered) INTERNALDATE "03-Feb-2026 04:05:06 +0000")\r\n`;
      ours.write(line);
      assert.equal((await peer.take(line.length)).toString(), line);
    }
    assert.ok(peer.compressed < 50 * 45, String(peer.compressed));
  });

  test('buffers go between bursts, and the streams go on as if they had not', async () => {
    const { ours, peer } = await pair();
    const line = randomBytes(20_000).toString('base64');
    for (let burst = 0; burst < 4; burst += 1) {
      // After the first burst the client's compressor refers to what came before the silence.
      await peer.send(line);
      assert.equal((await received(ours, line.length)).toString(), line);
      ours.write(line);
      // Before the answer is read: on a busy machine it may come later than the silence that makes it rest.
      assert.equal(ours.resting, false);
      assert.equal((await peer.take(line.length)).toString(), line);
      while (!ours.resting) await pause(IDLE_MS);
    }
  });

  test('a peer that is silent in the middle of a block is waited for', async () => {
    const { ours, under } = await pair();
    const bytes = Buffer.from('half of it and the other half'.repeat(100));
    const compressed = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    const client = sockets.at(-2)!;
    client.write(compressed.subarray(0, 20));
    await pause(3 * IDLE_MS);
    assert.equal(under.destroyed, false);
    client.write(compressed.subarray(20));
    assert.ok((await received(ours, bytes.length)).equals(bytes));
  });

  test('a few bytes that inflate to very many wait until they are taken', async () => {
    const { ours } = await pair();
    const zeros = 200_000_000;
    const bomb = deflateRawSync(Buffer.alloc(zeros), { finishFlush: constants.Z_SYNC_FLUSH });
    sockets.at(-2)!.write(bomb);
    ours.once('readable', () => {});
    await pause(5 * IDLE_MS);
    const before = process.memoryUsage().arrayBuffers;
    assert.ok(ours.readableLength < 100_000, String(ours.readableLength));
    let taken = 0;
    let most = 0;
    for await (const piece of ours as AsyncIterable<Buffer>) {
      taken += piece.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      if (taken === zeros) break;
    }
    assert.equal(taken, zeros);
    assert.ok(most < 100_000_000, String(most));
  });

  test('what is no DEFLATE ends the connection; so does the end of its stream', async () => {
    const { ours, under } = await pair();
    sockets.at(-2)!.write(Buffer.alloc(100, 0xff));
    ours.resume();
    await new Promise((resolve) => ours.once('close', resolve));
    assert.ok(under.destroyed);

    const second = await pair();
    sockets.at(-2)!.end(deflateRawSync(Buffer.from('last words')));
    let last = '';
    for await (const piece of second.ours.iterator({ destroyOnReturn: false })) last += piece;
    assert.equal(last, 'last words');
    second.ours.end('goodbye');
    assert.equal((await second.peer.take(7)).toString(), 'goodbye');
  });
});
