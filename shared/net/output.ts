import type { Socket } from 'node:net';

/** Up to here copying the pieces into one buffer is cheaper than handing them to the kernel (and TLS) one by one. */
const COALESCE_BYTES = 32_768;

/** Writes a batch of output at once: one packet for many small replies, no copy of large bodies. */
export function writeBatch(socket: Socket, pieces: readonly Uint8Array[]): void {
  let total = 0;
  for (const piece of pieces) total += piece.length;
  if (pieces.length === 1 || total <= COALESCE_BYTES) {
    socket.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, total));
    return;
  }
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}
