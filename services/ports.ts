import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccountDirectory } from '../shared/account/directory.ts';
import { directoryOptions } from '../shared/account/directory-options.ts';
import { createLogIns } from '../shared/account/log-ins.ts';
import type { Bus } from '../shared/bus/port.ts';
import type { Database } from '../shared/database/port.ts';
import { createMailboxClient } from '../shared/mailbox/client.ts';
import { createTokenCheck } from '../shared/net/oidc.ts';
import type { Config } from '../shared/runtime/config.ts';
import { createLogger, type Logger } from '../shared/runtime/log.ts';
import { createMetrics, type Metrics } from '../shared/runtime/metrics.ts';
import type { Ports } from '../shared/runtime/service.ts';
import { createTracing } from '../shared/runtime/tracing.ts';
import type { SessionStore } from '../shared/session/port.ts';
import { createSpool } from '../shared/spool/spool.ts';
import { createMessageStorage } from '../shared/storage/storage.ts';
import { databaseSeconds, serverMetrics } from './server-metrics.ts';

export interface OpenPorts {
  readonly ports: Ports;
  close(): Promise<void>;
}

/** How long a process waits for servers that start beside it. */
const START_DEADLINE_MS = 60_000;
const START_PAUSE_MS = 500;

/** Chooses the adapters: each real part where its URL is set, else the embedded one. */
export async function openPorts(config: Config, service: string): Promise<OpenPorts> {
  const log = createLogger(config, service);
  const metrics = createMetrics();
  const tracing = await createTracing(config, service);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse())
      await closer().catch((error: unknown) => log.warn({ err: error }, 'close'));
    await tracing.stop();
  };
  try {
    const database = await openDatabase(config, service, log, metrics);
    closers.push(() => database.close());
    const bus = await openBus(config, service, log);
    closers.push(() => bus.close());
    const sessions = await openSessions(config);
    closers.push(() => sessions.close());
    serverMetrics({ metrics, database, bus, sessions });
    const spool = createSpool({ database, bus, metrics });
    const storage = createMessageStorage(database);
    const accounts = createAccountDirectory(database, { bus, ...directoryOptions(config) });
    const logIns = createLogIns({
      accounts,
      sessions,
      database,
      log,
      metrics,
      config,
      checkToken: createTokenCheck(config),
    });
    closers.push(() => logIns.close());
    const mailboxes = createMailboxClient(bus, tracing);
    return {
      ports: { bus, database, sessions, mailboxes, spool, storage, accounts, logIns, log, metrics, tracing },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// Imported when chosen: an embedded database weighs 100 MB that a cluster's processes need not carry.
async function openBus(config: Config, service: string, log: Logger): Promise<Bus> {
  if (config.natsUrl !== undefined) {
    const { createNatsBus } = await import('../shared/bus/nats.ts');
    return createNatsBus({
      url: config.natsUrl,
      name: `${service} ${config.replicaName}`,
      onHandlerError: (error: unknown) => log.error({ err: error }, 'a bus handler failed'),
    });
  }
  const { createInProcessBus } = await import('../shared/bus/in-process.ts');
  return createInProcessBus({ onHandlerError: (error) => log.error({ err: error }, 'a bus handler failed') });
}

async function openSessions(config: Config): Promise<SessionStore> {
  if (config.redisUrl !== undefined) {
    const { createRedisSessionStore } = await import('../shared/session/redis.ts');
    return createRedisSessionStore({ url: config.redisUrl });
  }
  const { createMemorySessionStore } = await import('../shared/session/memory.ts');
  return createMemorySessionStore();
}

async function openDatabase(
  config: Config,
  service: string,
  log: Logger,
  metrics: Metrics,
): Promise<Database> {
  if (config.databaseUrl === undefined) {
    const directory = join(config.dataDir, 'database');
    await mkdir(directory, { recursive: true });
    const { openPGlite } = await import('../shared/database/pglite.ts');
    return openPGlite(directory);
  }
  const { openPostgres } = await import('../shared/database/postgres.ts');
  const observe = databaseSeconds(metrics);
  const until = performance.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      return await openPostgres({
        url: config.databaseUrl,
        name: service,
        migrations: config.migrations,
        observe,
        onError: (error) => log.warn({ err: error }, 'a connection to Postgres was lost'),
      });
    } catch (error) {
      if (performance.now() > until) throw error;
      log.warn({ err: error }, 'waiting for Postgres');
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
    }
  }
}
