import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startNats } from './servers/nats.ts';
import { startPostgres } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';
import type { Server } from './servers/server.ts';
import { keepAtEnd, removeAtEnd } from './servers/watchdog.ts';

export { BinaryMissing } from './servers/binary.ts';
export { freePort } from './servers/port.ts';
export type { Server } from './servers/server.ts';

/** A directory under the system's temporary one, which goes when this process goes, however it ends. */
export function temporaryDirectory(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `cartero-${name}-`));
  // Postgres runs as another user than root and must be able to pass through.
  chmodSync(path, 0o755);
  removeAtEnd(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      if (!existsSync(path)) keepAtEnd(path);
    },
  };
}

export interface ServersOptions {
  /** Where data and logs are kept; unset: a temporary directory, removed at the end. */
  readonly directory?: string;
  readonly fsync: boolean;
}

export interface Servers {
  readonly postgres: Server;
  readonly nats: Server;
  readonly redis: Server;
  readonly all: readonly Server[];
  readonly directory: string;
  stop(): Promise<void>;
}

/**
 * Postgres, NATS and Redis of our own, on free ports of 127.0.0.1, each ready when this resolves.
 * They end with this process even when it is killed. Throws `BinaryMissing`, or an error with the end of a log.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const temporary = options.directory === undefined ? temporaryDirectory('servers') : undefined;
  const directory = resolve(options.directory ?? temporary?.path ?? '.');
  mkdirSync(directory, { recursive: true });
  const started = await Promise.allSettled([
    startPostgres({ directory: join(directory, 'postgres'), fsync: options.fsync }),
    startNats({ directory: join(directory, 'nats') }),
    startRedis({ directory: join(directory, 'redis') }),
  ]);
  const all = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(all.map((server) => server.stop()));
    temporary?.remove();
  };
  const failed = started.find((one) => one.status === 'rejected');
  const [postgres, nats, redis] = all;
  if (failed || !postgres || !nats || !redis) {
    await stop();
    throw failed?.reason;
  }
  return { postgres, nats, redis, all, directory, stop };
}
