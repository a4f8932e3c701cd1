/** Contract suites run over the real servers. In CI a missing one is a failure; elsewhere its suite is skipped by name. */
import { connect } from 'node:net';

function answers(url: URL, defaultPort: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname, port: Number(url.port) || defaultPort, timeout: 2_000 });
    const settle = (there: boolean) => {
      socket.destroy();
      resolve(there);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

export interface ServerAtHand {
  readonly url: string;
  /** What `test` takes: false, or the reason to skip. */
  readonly skip: false | string;
}

export async function serverAtHand(name: string, url: string, defaultPort: number): Promise<ServerAtHand> {
  const parsed = new URL(url);
  if ((await answers(parsed, defaultPort)) || process.env.CI === 'true') return { url, skip: false };
  return { url, skip: `${name} does not answer on ${parsed.host}` };
}

export const natsAtHand = (): Promise<ServerAtHand> =>
  serverAtHand('NATS', process.env.TEST_NATS_URL ?? 'nats://127.0.0.1:4222', 4222);

export const redisAtHand = (): Promise<ServerAtHand> =>
  serverAtHand('Redis', process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379', 6379);
