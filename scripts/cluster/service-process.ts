import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, makeChild } from '../servers/child.ts';
import { freePort } from '../servers/port.ts';
import { portSettings, type ServiceName, serviceEntry } from './services.ts';

export type Addresses = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

/** One process of a cluster. A restart keeps its ports. */
export interface ServiceProcess extends Child {
  readonly service: ServiceName;
  readonly index: number;
  /** The settings it was started with: enough to start it again. */
  readonly settings: Readonly<Record<string, string>>;
  /** As it reported them when it was last ready. */
  readonly addresses: Addresses;
  /** Of /metrics, /healthz, /readyz. */
  readonly adminUrl: string;
  /** SIGTERM, as an orderly end is asked for: leases are handed over. Resolves when it is gone. */
  drain(): Promise<void>;
}

/** What `services/process.ts` prints on standard output once the service listens. */
interface ReadyLine {
  readonly event: 'ready';
  readonly service: string;
  readonly pid: number;
  readonly addresses: Addresses;
}

const READY_WITHIN_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const READYZ_TIMEOUT_MS = 2_000;

export async function makeServiceProcess(options: {
  readonly service: ServiceName;
  readonly index: number;
  readonly directory: string;
  readonly settings: Readonly<Record<string, string>>;
}): Promise<ServiceProcess> {
  const { service, index, directory } = options;
  const name = `${service}-${index}`;
  const ports: Record<string, string> = {};
  for (const setting of portSettings(service)) ports[setting] = String(await freePort());
  const settings = { ...options.settings, ...ports, REPLICA_NAME: name };
  const adminUrl = `http://127.0.0.1:${ports.ADMIN_PORT}`;
  mkdirSync(directory, { recursive: true });
  let addresses: Addresses = {};
  const child = makeChild({
    name,
    command: process.execPath,
    arguments: [serviceEntry(service)],
    cwd: directory,
    env: { ...inherited(), ...settings },
    logFile: join(directory, `${name}.log`),
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGTERM',
    stopGraceMs: STOP_GRACE_MS,
    readyWithinMs: READY_WITHIN_MS,
    async ready(output) {
      const line = readyLine(output());
      if (!line) return false;
      addresses = line.addresses;
      return isReady(adminUrl);
    },
  });
  const own = {
    service,
    index,
    settings,
    adminUrl,
    drain: () => child.stop(),
  };
  const process_ = Object.defineProperties(child, Object.getOwnPropertyDescriptors(own)) as ServiceProcess;
  return Object.defineProperty(process_, 'addresses', { enumerable: true, get: () => addresses });
}

/** Not the settings of the shell: those would reach every service. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TZ, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, TZ, NODE_COMPILE_CACHE };
}

function readyLine(output: string): ReadyLine | undefined {
  for (const line of output.split('\n')) {
    if (!line.includes('"event":"ready"')) continue;
    const parsed = JSON.parse(line) as ReadyLine;
    if (parsed.event === 'ready') return parsed;
  }
  return undefined;
}

async function isReady(adminUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(READYZ_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
