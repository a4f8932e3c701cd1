import { createAccountDirectory } from '../shared/account/directory.ts';
import { directoryOptions } from '../shared/account/directory-options.ts';
import { createLogIns } from '../shared/account/log-ins.ts';
import { createInProcessBus } from '../shared/bus/in-process.ts';
import { openPGlite } from '../shared/database/pglite.ts';
import { openPostgres } from '../shared/database/postgres.ts';
import { createMailboxClient } from '../shared/mailbox/client.ts';
import { createTokenCheck } from '../shared/net/oidc.ts';
import { type Config, readConfig } from '../shared/runtime/config.ts';
import { createLogger } from '../shared/runtime/log.ts';
import { createMetrics } from '../shared/runtime/metrics.ts';
import type { Ports } from '../shared/runtime/service.ts';
import { createTracing } from '../shared/runtime/tracing.ts';
import { createMemorySessionStore } from '../shared/session/memory.ts';
import { createSpool } from '../shared/spool/spool.ts';
import { createMessageStorage } from '../shared/storage/storage.ts';
import { testDatabase } from './servers.ts';

export interface TestPorts extends AsyncDisposable {
  readonly ports: Ports;
  readonly config: Config;
  close(): Promise<void>;
}

/** Real ports in this process: a fresh database of the given kind, the in-process bus, sessions in memory. */
export async function openTestPorts(
  kind: 'pglite' | 'postgres',
  settings: Record<string, string> = {},
): Promise<TestPorts> {
  const config = readConfig({ LOG_LEVEL: 'silent', ...settings });
  const fresh = kind === 'postgres' ? await testDatabase() : undefined;
  const database = fresh === undefined ? await openPGlite(undefined) : await openPostgres({ url: fresh.url });
  const bus = createInProcessBus();
  const metrics = createMetrics();
  const accounts = createAccountDirectory(database, { bus, ...directoryOptions(config) });
  const sessions = createMemorySessionStore();
  const log = createLogger(config, 'test');
  const ports: Ports = {
    bus,
    database,
    sessions,
    mailboxes: createMailboxClient(bus),
    spool: createSpool({ database, bus, metrics }),
    storage: createMessageStorage(database),
    accounts,
    logIns: createLogIns({
      accounts,
      sessions,
      database,
      log,
      metrics,
      config,
      checkToken: createTokenCheck(config),
    }),
    log,
    metrics,
    tracing: await createTracing(config, 'test'),
  };
  const close = async (): Promise<void> => {
    await ports.logIns.close();
    await ports.sessions.close();
    await bus.close();
    await database.close();
    await fresh?.drop();
  };
  return { ports, config, close, [Symbol.asyncDispose]: close };
}
