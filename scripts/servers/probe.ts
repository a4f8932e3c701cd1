import { connect } from 'node:net';

const PROBE_TIMEOUT_MS = 1_000;

/** Connects to 127.0.0.1:`port`, sends `request`, and tells whether what comes back matches; false on any failure. */
export function answers(port: number, request: Uint8Array | string, reply: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    const done = (matched: boolean): void => {
      socket.destroy();
      resolve(matched);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => done(false));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (reply.test(received)) done(true);
    });
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
  });
}
