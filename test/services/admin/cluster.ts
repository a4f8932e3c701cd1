import { PassThrough } from 'node:stream';
import { runMailctl } from '../../../services/admin/program.ts';
import { start } from '../../../services/admin/service.ts';
import { createAccountDirectory } from '../../../shared/account/directory.ts';
import { createInProcessBus } from '../../../shared/bus/in-process.ts';
import type { Database } from '../../../shared/database/port.ts';
import { migrateOn, pendingOn } from '../../../shared/database/postgres.ts';
import { readConfig } from '../../../shared/runtime/config.ts';
import { createLogger } from '../../../shared/runtime/log.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { createMemorySessionStore } from '../../../shared/session/memory.ts';

export const TOKEN = 'a-token-for-tests';

/** An admin service on a free port over a real database, with bus and sessions in this process. */
export async function startAdmin(
  database: Database,
  ready?: () => readonly string[],
  settings: Record<string, string> = {},
) {
  const config = readConfig({
    ADMIN_PORT: '0',
    ADMIN_TOKEN: TOKEN,
    LOG_LEVEL: 'silent',
    LISTEN_HOST: '127.0.0.1',
    ...settings,
  });
  const bus = createInProcessBus();
  const ports: Pick<Ports, 'bus' | 'database' | 'sessions' | 'accounts' | 'log' | 'metrics'> = {
    bus,
    database,
    sessions: createMemorySessionStore(),
    accounts: createAccountDirectory(database, { bus }),
    log: createLogger(config, 'admin'),
    metrics: createMetrics(),
  };
  const service = await start(ports as Ports, config, { ready });
  const url = `http://127.0.0.1:${service.addresses.admin?.port}`;
  return {
    url,
    ports,
    service,
    stop: async () => {
      await service.stop(1_000);
      await ports.sessions.close();
      await bus.close();
    },
  };
}

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one `mailctl` command line against `url`; `input` is its standard input. */
export async function mailctl(url: string, line: string, input = '', token = TOKEN): Promise<Ran> {
  const stdin = new PassThrough();
  stdin.end(input);
  let out = '';
  let err = '';
  const terminal = {
    stdin,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const args = line.split(' ').filter((word) => word !== '');
  const status = await runMailctl([...args, '--url', url, '--token', token], terminal, {
    pendingOn,
    migrateOn,
  });
  return { status, out, err };
}
