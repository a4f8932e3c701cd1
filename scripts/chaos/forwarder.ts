import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../servers/port.ts';

export type Direction = 'to-server' | 'to-client';

/**
 * A TCP link of the harness' own, on loopback. A cut holds the bytes back, as a network does that drops packets: after it the
 * rest arrives, in order. What TCP makes of lost packets is delay; a connection that gave up is reset.
 */
export interface Forwarder {
  /** Where clients connect to. */
  readonly port: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  cut(directions: readonly Direction[]): void;
  /** Every chunk waits `latencyMs`, up to twice that by chance; `lossShare` of them 200 ms more, as after a retransmission. */
  slow(latencyMs: number, lossShare: number): void;
  /** Ends every connection with a reset. */
  reset(): void;
  heal(): void;
  /** Another server from now on; connections to the old one are reset. */
  point(port: number): void;
  stop(): Promise<void>;
}

const RETRANSMISSION_MS = 200;
const CONNECT_TIMEOUT_MS = 5_000;

export async function startForwarder(target: number): Promise<Forwarder> {
  const port = await freePort();
  const pairs = new Set<readonly [Socket, Socket]>();
  const cut = new Set<Direction>();
  let healed: (() => void)[] = [];
  let latencyMs = 0;
  let lossShare = 0;
  let to = target;
  let accepted = 0;

  async function passable(direction: Direction): Promise<void> {
    while (cut.has(direction)) await new Promise<void>((resolve) => healed.push(resolve));
  }

  async function pump(from: Socket, into: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (latencyMs > 0) await sleep(latencyMs * (1 + Math.random()));
        if (lossShare > 0 && Math.random() < lossShare) await sleep(RETRANSMISSION_MS);
        await passable(direction);
        if (into.destroyed) return;
        if (!into.write(chunk))
          await Promise.race([once(into, 'drain'), new Promise((resolve) => into.once('close', resolve))]);
      }
      await passable(direction);
      into.end();
    } catch {
      into.resetAndDestroy();
    }
  }

  async function serve(client: Socket): Promise<void> {
    accepted++;
    client.on('error', () => {});
    await passable('to-server');
    if (client.destroyed) return;
    const server = connect({ host: '127.0.0.1', port: to, noDelay: true, allowHalfOpen: true });
    server.on('error', () => client.resetAndDestroy());
    server.setTimeout(CONNECT_TIMEOUT_MS, () => server.connecting && server.destroy());
    const pair = [client, server] as const;
    pairs.add(pair);
    client.on('close', () => {
      pairs.delete(pair);
      if (!server.destroyed) server.destroySoon();
    });
    server.on('close', () => client.destroySoon());
    void pump(client, server, 'to-server');
    void pump(server, client, 'to-client');
  }

  const listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) => void serve(client));
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', resolve);
  });

  function reset(): void {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  return {
    port,
    get accepted() {
      return accepted;
    },
    cut(directions) {
      for (const direction of directions) cut.add(direction);
    },
    slow(ms, share) {
      latencyMs = ms;
      lossShare = share;
    },
    reset,
    heal() {
      cut.clear();
      latencyMs = 0;
      lossShare = 0;
      for (const resolve of healed.splice(0)) resolve();
    },
    point(next) {
      to = next;
      reset();
    },
    async stop() {
      cut.clear();
      for (const resolve of healed.splice(0)) resolve();
      healed = [];
      reset();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}
