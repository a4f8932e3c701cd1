import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { constants, deflateRawSync } from 'node:zlib';
import { CompressedSocket } from '../../../shared/net/compressed-socket.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const SOCKETS = 200;
const IDLE_MS = 20;
const MOST_BYTES = 2_000;
const LINE = Buffer.from('c IDLE\r\n');

class Wire extends Duplex {
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

/** As other connections do meanwhile: else all that is kept lies in one slab of Buffer's pool. */
function useUpPool(): void {
  for (let bytes = 0; bytes < Buffer.poolSize; bytes += 1_000) Buffer.allocUnsafe(1_000);
}

test('a connection that rests keeps the bytes it needs, not the slabs of the pool that they were cut from', async () => {
  const flushed = deflateRawSync(LINE, { finishFlush: constants.Z_SYNC_FLUSH });
  collect();
  const before = process.memoryUsage().arrayBuffers;
  const sockets: CompressedSocket[] = [];
  for (let i = 0; i < SOCKETS; i++) {
    const wire = new Wire();
    const socket = new CompressedSocket(wire, IDLE_MS);
    sockets.push(socket);
    socket.on('data', (line: Buffer) => socket.write(line));
    useUpPool();
    wire.push(Buffer.from(flushed));
    await new Promise((resolve) => socket.once('data', resolve));
    useUpPool();
  }
  while (!sockets.every(({ resting }) => resting)) await pause(IDLE_MS);
  const each = (): number => (process.memoryUsage().arrayBuffers - before) / SOCKETS;
  // zlib gives its own back some turns later.
  for (let tries = 0; tries < 20 && each() > MOST_BYTES; tries++) {
    await pause(IDLE_MS);
    collect();
  }
  const kept = each();
  for (const socket of sockets) socket.destroy();
  assert.ok(kept <= MOST_BYTES, `${Math.round(kept)} bytes each`);
});
