import { type AddressInfo, createServer, type Socket } from 'node:net';
import { identify } from './ledger.ts';

/** A foreign mail server that takes everything: what was relayed, by Message-ID, each arrival with its SHA-256. */
export interface SmtpSink {
  readonly port: number;
  readonly arrivals: ReadonlyMap<string, readonly string[]>;
  stop(): Promise<void>;
}

const END_OF_DATA = Buffer.from('\r\n.\r\n');

export async function startSink(port = 0): Promise<SmtpSink> {
  const arrivals = new Map<string, string[]>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket, (message) => {
      const { messageId, sha256 } = identify(message);
      const key = messageId ?? 'unknown';
      arrivals.set(key, [...(arrivals.get(key) ?? []), sha256]);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, arrived: (message: Buffer) => void): void {
  let received = Buffer.alloc(0);
  let inData = false;
  socket.write('220 sink.test ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const mark = inData ? END_OF_DATA : Buffer.from('\r\n');
      const end = received.indexOf(mark);
      if (end < 0) return;
      const taken = received.subarray(0, end + 2);
      received = received.subarray(end + mark.length);
      if (inData) {
        inData = false;
        arrived(
          Buffer.from(taken.toString('latin1').replace(/^\./, '').replaceAll('\r\n.', '\r\n'), 'latin1'),
        );
        socket.write('250 2.0.0 taken\r\n');
        continue;
      }
      const verb = taken.toString('latin1', 0, 4).toUpperCase();
      if (verb === 'DATA') inData = true;
      socket.write(replyTo(verb));
      if (verb === 'QUIT') return void socket.end();
    }
  });
}

function replyTo(verb: string): string {
  if (verb === 'EHLO') return '250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n';
  if (verb === 'DATA') return '354 go on\r\n';
  if (verb === 'QUIT') return '221 bye\r\n';
  return '250 2.0.0 ok\r\n';
}
