import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from './binary.ts';
import { makeChild } from './child.ts';
import { freePort } from './port.ts';
import { answers } from './probe.ts';
import type { Server } from './server.ts';

/** NATS core alone: no JetStream, nothing on disk. `cluster`: a node of one, which knows the ports of all the nodes' routes. */
export async function startNats(options: {
  readonly directory: string;
  readonly port?: number;
  readonly name?: string;
  readonly cluster?: { readonly port: number; readonly routes: readonly number[] };
  /** Where it tells its counters over HTTP (`/varz`). */
  readonly monitorPort?: number;
}): Promise<Server> {
  const command = findBinary('nats-server');
  mkdirSync(options.directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const child = makeChild({
    name: options.name ?? 'nats-server',
    command,
    arguments: [
      ...['--addr', '127.0.0.1', '--port', String(port)],
      ...clusterArguments(options.cluster),
      ...(options.monitorPort === undefined ? [] : ['--http_port', String(options.monitorPort)]),
    ],
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

/** Clients stay with the addresses they were given (`--no_advertise`). */
function clusterArguments(cluster: { port: number; routes: readonly number[] } | undefined): string[] {
  if (!cluster) return [];
  const routes = cluster.routes.map((route) => `nats://127.0.0.1:${route}`).join(',');
  return [
    ['--cluster_name', 'cartero'],
    ['--cluster', `nats://127.0.0.1:${cluster.port}`],
    ['--routes', routes],
    ['--no_advertise'],
  ].flat();
}
