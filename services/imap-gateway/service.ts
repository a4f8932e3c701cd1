import { MessageRows } from '../../shared/mailbox/message-rows.ts';
import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import type { Connection } from '../../shared/net/connection.ts';
import { drive } from '../../shared/net/drive.ts';
import { type Listener, listen } from '../../shared/net/listener.ts';
import { Networks } from '../../shared/net/networks.ts';
import { openCertificates } from '../../shared/net/tls.ts';
import { ImapServerEngine } from '../../shared/protocol/imap/engine.ts';
import { collectWhenQuiet } from '../../shared/runtime/collect-when-quiet.ts';
import type { Running, StartService } from '../../shared/runtime/service.ts';
import { SearchIndex } from '../../shared/search/search-index.ts';
import { BytesCache } from './fetch/bytes-cache.ts';
import { FactsCache } from './fetch/facts-cache.ts';
import { StructureCache } from './fetch/structure-cache.ts';
import type { Gateway } from './gateway.ts';
import { receiveKicks } from './kick.ts';
import {
  BYTES_CACHE_BYTES,
  FACTS_CACHE_ENTRIES,
  LOGIN_DEADLINE_MS,
  MAX_THREADED_MESSAGES,
  SORT_CACHE_BYTES,
  STRUCTURE_CACHE_BYTES,
} from './limits.ts';
import { gatewayMetrics } from './metrics.ts';
import { ImapSession } from './session.ts';
import { SessionRegistry } from './session-registry.ts';
import { SharedMailboxes } from './shared-mailboxes.ts';
import { SortCache } from './sort/sort-cache.ts';
import { ThreadCache } from './sort/thread-cache.ts';
import { Ticker } from './ticker.ts';

const TOO_MANY = Buffer.from('* BYE [UNAVAILABLE] Too many connections, try again later\r\n');

/** IMAP (STARTTLS) and IMAPS. */
export const start: StartService = async (ports, config) => {
  const tls = await openCertificates(config, ports);
  const registry = new SessionRegistry(ports, config);
  const rows = new MessageRows(ports.database);
  const gateway: Gateway = {
    ports,
    config,
    tls,
    metrics: gatewayMetrics(ports.metrics),
    registry,
    ticker: new Ticker(config.idleKeepaliveMs, () => registry.sessions.values()),
    mailboxes: new SharedMailboxes(ports.mailboxes),
    structures: new StructureCache(ports.storage, STRUCTURE_CACHE_BYTES),
    facts: new FactsCache(ports.mailboxes, rows, FACTS_CACHE_ENTRIES),
    sorts: new SortCache(SORT_CACHE_BYTES),
    threads: new ThreadCache(MAX_THREADED_MESSAGES),
    bytes: new BytesCache(ports.storage, BYTES_CACHE_BYTES),
    rows,
    index: new SearchIndex(ports.database),
  };
  const kicks = await receiveKicks(gateway);
  const collectNoMore = collectWhenQuiet();
  const release = async (): Promise<void> => {
    tls.close();
    registry.stop();
    collectNoMore();
    gateway.ticker.stop();
    gateway.mailboxes.stop();
    await kicks.unsubscribe();
  };
  const imap = await listenFor(gateway, config.ports.imap).catch(undo(release));
  const imaps = await listenFor(gateway, config.ports.imaps, gateway.tls).catch(
    undo(async () => {
      await imap.stop(0);
      await release();
    }),
  );
  return running(gateway, { imap, imaps }, release);
};

function undo(release: () => Promise<void>): (error: unknown) => Promise<never> {
  return async (error) => {
    await release();
    throw error;
  };
}

function listenFor(gateway: Gateway, port: number, tls?: CertificateStore): Promise<Listener> {
  const { config } = gateway;
  return listen(
    {
      host: config.listenHost,
      port,
      tls,
      maxConnections: config.maxConnections,
      proxies: new Networks(config.proxyProtocol),
      refusal: TOO_MANY,
    },
    (connection) => serve(gateway, connection),
  );
}

function serve(gateway: Gateway, connection: Connection): void {
  const engine = new ImapServerEngine();
  drive(connection, engine, (drive) => new ImapSession(gateway, engine, drive), {
    idleTimeoutMs: LOGIN_DEADLINE_MS,
    failed: (error) => gateway.ports.log.error({ err: error }, 'an IMAP session did not end well'),
  });
}

function running(
  gateway: Gateway,
  listeners: Record<string, Listener>,
  release: () => Promise<void>,
): Running {
  const { bus, database } = gateway.ports;
  let stopped: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    await Promise.all(Object.values(listeners).map((listener) => listener.stop(graceMs)));
    await release();
  };
  return {
    addresses: Object.fromEntries(
      Object.entries(listeners).map(([name, { host, port }]) => [name, { host, port }]),
    ),
    notReady: () => [...(bus.connected ? [] : ['bus']), ...(database.connected ? [] : ['database'])],
    stop: (graceMs) => {
      stopped ??= stop(graceMs);
      return stopped;
    },
  };
}
