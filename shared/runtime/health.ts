/** GET /metrics /healthz /readyz, for Prometheus and Kubernetes. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS_TYPE, type Metrics } from './metrics.ts';

export interface Health {
  readonly port: number;
  stop(): Promise<void>;
}

export interface HealthOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly metrics: Metrics;
  /** The reasons why not; empty: ready. */
  readonly ready: () => readonly string[];
}

/** Longest time a request may take to arrive; a probe is one packet. */
const REQUEST_MS = 10_000;

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function route(path: string, options: HealthOptions, response: ServerResponse): Promise<void> {
  if (path === '/healthz') return answer(response, 200, 'ok\n');
  if (path === '/readyz') {
    const reasons = options.ready();
    return reasons.length === 0
      ? answer(response, 200, 'ready\n')
      : answer(response, 503, `${reasons.join('\n')}\n`);
  }
  if (path === '/metrics') return answer(response, 200, await options.metrics.text(), METRICS_TYPE);
  answer(response, 404, 'not found\n');
}

/** Rejects with a message that names host and port when the port is taken. */
export function startHealth(options: HealthOptions): Promise<Health> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET\n');
      const path = (request.url ?? '/').split('?', 1)[0]!;
      route(path, options, response).catch(() => answer(response, 500, 'failed\n'));
    },
  );
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`cannot listen on ${options.host}:${options.port}: ${cause.message}`, { cause })),
    );
    server.listen(options.port, options.host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
