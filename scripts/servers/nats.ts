import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from './binary.ts';
import { makeChild } from './child.ts';
import { freePort } from './port.ts';
import { answers } from './probe.ts';
import type { Server } from './server.ts';

/** NATS core alone: no JetStream, nothing on disk. */
export async function startNats(options: {
  readonly directory: string;
  readonly port?: number;
}): Promise<Server> {
  const command = findBinary('nats-server');
  mkdirSync(options.directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const child = makeChild({
    name: 'nats-server',
    command,
    arguments: ['--addr', '127.0.0.1', '--port', String(port)],
    cwd: options.directory,
    env: { PATH: process.env.PATH },
    logFile: join(options.directory, 'nats-server.log'),
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGKILL',
    stopGraceMs: 5_000,
    readyWithinMs: 15_000,
    ready: () => answers(port, 'CONNECT {"verbose":false}\r\nPING\r\n', /PONG/),
  });
  await child.start();
  return Object.assign(child, { kind: 'nats' as const, port, url: `nats://127.0.0.1:${port}` });
}
