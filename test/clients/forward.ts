import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Forward {
  readonly port: number;
  stop(): Promise<void>;
}

/** Passes connections to 127.0.0.1:`port` on to where `target` says: the port 25 of a host, which no test may take. */
export function forward(port: number, target: () => number): Promise<Forward> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target(), '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => open.delete(from));
    }
  });
  const stop = (): Promise<void> => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port, stop }));
  });
}
