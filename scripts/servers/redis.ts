import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from './binary.ts';
import { makeChild } from './child.ts';
import { freePort } from './port.ts';
import { answers } from './probe.ts';
import type { Server } from './server.ts';

/** Redis in memory only: sessions that it loses are put again by their gateways. */
export async function startRedis(options: {
  readonly directory: string;
  readonly port?: number;
}): Promise<Server> {
  const command = findBinary('redis-server');
  mkdirSync(options.directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: options.directory };
  const child = makeChild({
    name: 'redis-server',
    command,
    arguments: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    cwd: options.directory,
    env: { PATH: process.env.PATH },
    logFile: join(options.directory, 'redis-server.log'),
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGKILL',
    stopGraceMs: 5_000,
    readyWithinMs: 15_000,
    ready: () => answers(port, 'PING\r\n', /PONG/),
  });
  await child.start();
  return Object.assign(child, { kind: 'redis' as const, port, url: `redis://127.0.0.1:${port}` });
}
