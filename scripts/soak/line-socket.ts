import { connect, type Socket } from 'node:net';

export class ConnectionLost extends Error {}

const CONNECT_TIMEOUT_MS = 3_000;

/** A raw TCP client of a line protocol; every wait has a deadline, and a lost connection rejects it. */
export interface LineSocket {
  write(bytes: Uint8Array | string): void;
  /** The next line without its CRLF, as latin1. */
  line(): Promise<string>;
  /** Exactly `length` octets. */
  octets(length: number): Promise<Buffer>;
  destroy(): void;
  /** As `destroy`, and the peer sees a reset. */
  reset(): void;
}

export async function openLineSocket(port: number, replyTimeoutMs: number): Promise<LineSocket> {
  const socket = await open(port);
  let chunks: Buffer[] = [];
  let buffered = Buffer.alloc(0);
  let lost: Error | undefined;
  let wake: (() => void) | undefined;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    wake?.();
  });
  const end = (error?: Error): void => {
    lost ??= new ConnectionLost(error?.message ?? 'the server closed the connection');
    wake?.();
  };
  socket.on('error', end);
  socket.on('close', () => end());

  /** Waits until `take` finds what it wants in what has been received. */
  async function until<T>(take: (received: Buffer) => { value: T; used: number } | undefined): Promise<T> {
    const deadline = Date.now() + replyTimeoutMs;
    for (;;) {
      if (chunks.length > 0) {
        buffered = Buffer.concat([buffered, ...chunks]);
        chunks = [];
      }
      const taken = take(buffered);
      if (taken) {
        buffered = buffered.subarray(taken.used);
        return taken.value;
      }
      if (lost) throw lost;
      const left = deadline - Date.now();
      if (left <= 0) {
        socket.destroy();
        throw new ConnectionLost(`no reply within ${replyTimeoutMs} ms`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    }
  }

  return {
    write: (bytes) => void socket.write(bytes),
    line: () =>
      until((received) => {
        const end = received.indexOf('\r\n');
        return end < 0 ? undefined : { value: received.toString('latin1', 0, end), used: end + 2 };
      }),
    octets: (length) =>
      until((received) =>
        received.length < length
          ? undefined
          : { value: Buffer.from(received.subarray(0, length)), used: length },
      ),
    destroy: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(new ConnectionLost(error.message));
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => fail(new Error('connecting takes too long')));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
