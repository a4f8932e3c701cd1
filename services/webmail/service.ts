import { getRequestListener } from '@hono/node-server';
import { EmailRows } from '../../shared/mailbox/email-rows.ts';
import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import { type Listener, listen } from '../../shared/net/listener.ts';
import { Networks } from '../../shared/net/networks.ts';
import { openCertificates } from '../../shared/net/tls.ts';
import type { StartService } from '../../shared/runtime/service.ts';
import { SearchIndex } from '../../shared/search/search-index.ts';
import { Uploads } from '../../shared/storage/uploads.ts';
import { createApp } from './app.ts';
import { HttpServer } from './http-server.ts';
import { CORE_LIMITS, MAX_WAITING_REQUESTS } from './jmap/limits.ts';
import { CountCache } from './jmap/mailbox/count-cache.ts';
import { Pushes } from './jmap/push/pushes.ts';
import { takeUpgrades } from './jmap/push/web-socket.ts';
import { EmailResults } from './jmap/query/email-results.ts';
import { RequestSlots } from './jmap/request-slots.ts';
import { WebSessions } from './log-in/web-sessions.ts';
import { webmailMetrics } from './metrics.ts';
import type { Webmail } from './webmail.ts';

const TOO_MANY = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
);
/** Accounts whose counts are kept: some kilobytes each. */
const COUNTED_ACCOUNTS = 1_000;
/** Lists of ids that queries have found: forty of 100,000. */
const RESULTS_BYTES = 67_108_864;
/** How often sessions that are over are removed. */
const SWEEP_MS = 3_600_000;

/** JMAP and the web client, over HTTP and HTTPS. */
export const start: StartService = async (ports, config) => {
  const tls = await openCertificates(config, ports);
  const http = new HttpServer((request, response) => handle(request, response));
  const metrics = webmailMetrics(ports.metrics);
  const webmail: Webmail = {
    ports,
    config,
    metrics,
    sessions: new WebSessions(ports.database),
    http,
    emails: new EmailRows(ports.database),
    counts: new CountCache(COUNTED_ACCOUNTS),
    results: new EmailResults(RESULTS_BYTES),
    search: new SearchIndex(ports.database),
    uploads: new Uploads(ports.database),
    pushes: new Pushes(metrics.pushes),
    requestSlots: new RequestSlots(CORE_LIMITS.maxConcurrentRequests, MAX_WAITING_REQUESTS),
    uploadSlots: new RequestSlots(CORE_LIMITS.maxConcurrentUpload, MAX_WAITING_REQUESTS),
  };
  const handle = getRequestListener(createApp(webmail).fetch, { overrideGlobalObjects: false });
  takeUpgrades(webmail, '/jmap/ws');
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
    Promise.all([webmail.sessions.sweep(), webmail.uploads.sweep()]).catch((error) =>
      ports.log.warn({ err: error }, 'sessions and uploads were not swept'),
    );
  }, SWEEP_MS);
  let stopped: Promise<unknown> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    clearInterval(sweep);
    webmail.pushes.closeAll();
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
