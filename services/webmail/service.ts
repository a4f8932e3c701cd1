import { getRequestListener } from '@hono/node-server';
import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import { type Listener, listen } from '../../shared/net/listener.ts';
import { Networks } from '../../shared/net/networks.ts';
import { openCertificates } from '../../shared/net/tls.ts';
import type { StartService } from '../../shared/runtime/service.ts';
import { createApp } from './app.ts';
import { HttpServer } from './http-server.ts';
import { WebSessions } from './log-in/web-sessions.ts';
import { webmailMetrics } from './metrics.ts';
import type { Webmail } from './webmail.ts';

const TOO_MANY = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
);
/** How often sessions that are over are removed. */
const SWEEP_MS = 3_600_000;

/** JMAP and the web client, over HTTP and HTTPS. */
export const start: StartService = async (ports, config) => {
  const tls = await openCertificates(config, ports);
  const http = new HttpServer((request, response) => handle(request, response));
  const webmail: Webmail = {
    ports,
    config,
    metrics: webmailMetrics(ports.metrics),
    sessions: new WebSessions(ports.database),
    http,
  };
  const handle = getRequestListener(createApp(webmail).fetch, { overrideGlobalObjects: false });
  const listenFor = (port: number, certificates?: CertificateStore): Promise<Listener> =>
    listen(
      {
        host: config.listenHost,
        port,
        tls: certificates,
        maxConnections: config.maxConnections,
        proxies: new Networks(config.proxyProtocol),
        refusal: TOO_MANY,
      },
      (connection) => http.serve(connection),
    );
  const plain = await listenFor(config.ports.http);
  const secure = await listenFor(config.ports.https, tls).catch(async (error) => {
    await plain.stop(0);
    throw error;
  });
  const sweep = setInterval(() => {
    webmail.sessions.sweep().catch((error) => ports.log.warn({ err: error }, 'sessions were not swept'));
  }, SWEEP_MS);
  let stopped: Promise<unknown> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    clearInterval(sweep);
    await Promise.all([plain.stop(graceMs), secure.stop(graceMs)]);
    http.close();
    tls.close();
  };
  return {
    addresses: {
      http: { host: plain.host, port: plain.port },
      https: { host: secure.host, port: secure.port },
    },
    notReady: () => [
      ...(ports.bus.connected ? [] : ['bus']),
      ...(ports.database.connected ? [] : ['database']),
    ],
    stop: async (graceMs) => {
      stopped ??= stop(graceMs);
      await stopped;
    },
  };
};
