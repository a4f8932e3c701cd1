import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports, Running } from '../../shared/runtime/service.ts';
import { createApi } from './api.ts';
import { readOrMakeToken } from './token.ts';

/** A request arrives whole within this time, or its connection ends. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
/** Operators, scrapers and probes: a handful. */
const MAX_CONNECTIONS = 256;
/** Nobody may ask this service anything for hours, so it finds out by itself that the database is back. */
const PROBE_MS = 1_000;

export interface AdminOptions {
  /** What /readyz answers for besides this service: all services of the process. */
  readonly ready?: () => readonly string[];
}

/** The admin API, /metrics, /healthz and /readyz on `config.ports.admin`. */
export async function start(ports: Ports, config: Config, options: AdminOptions = {}): Promise<Running> {
  const token = await readOrMakeToken(config);
  const notReady = () => (ports.database.connected ? [] : ['the database cannot be reached']);
  const ready = () => [...new Set([...notReady(), ...(options.ready?.() ?? [])])];
  const server = createAdaptorServer({
    fetch: createApi(ports, { config, token, ready }).fetch,
    serverOptions: { requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listen(server, config.listenHost, config.ports.admin);
  ports.log.info({ host: config.listenHost, port }, 'admin API listens');
  const probe = setInterval(() => {
    if (!ports.database.connected) ports.database.prepared('probe', 'select 1', []).catch(() => undefined);
  }, PROBE_MS);
  return {
    addresses: { admin: { host: config.listenHost, port } },
    notReady,
    stop: (graceMs) => {
      clearInterval(probe);
      return close(server, graceMs);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`cannot listen on ${host}:${port} (admin): ${cause.message}`, { cause })),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    const late = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
