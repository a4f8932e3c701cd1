import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startNats } from '../servers/nats.ts';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';
import { temporaryDirectory } from '../servers.ts';
import { makeServiceProcess, type ServiceProcess } from './service-process.ts';
import { SERVICES, type ServiceName } from './services.ts';

export interface ClusterOptions {
  /** Processes of each service; one where not named, none with 0. */
  readonly replicas?: Partial<Readonly<Record<ServiceName, number>>>;
  /** Where all data and logs are kept; unset: a temporary directory, removed at the end. */
  readonly directory?: string;
  /** Durability of our own Postgres; default true. */
  readonly fsync?: boolean;
  /** Servers that already run; those not named are started. Two clusters must not share a NATS. */
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
  readonly redisUrl?: string;
  /** Further settings of every process. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Settings of one process, over all others: links of its own to the servers, say. */
  readonly settingsOf?: (process: string) => Promise<Readonly<Record<string, string>>>;
  /** Start a process again when it dies without our asking. */
  readonly supervise?: boolean;
  /** Told of each start and end after the first. */
  readonly onChange?: (event: string) => void;
}

export interface Cluster extends AsyncDisposable {
  readonly directory: string;
  /** The servers we started ourselves. */
  readonly servers: readonly Server[];
  readonly processes: readonly ServiceProcess[];
  readonly urls: { readonly databaseUrl: string; readonly natsUrl: string; readonly redisUrl: string };
  readonly password: string;
  readonly adminToken: string;
  server(kind: Server['kind']): Server;
  process(service: ServiceName, index?: number): ServiceProcess;
  port(service: ServiceName, listener: string, index?: number): number;
  /** One more replica. */
  add(service: ServiceName): Promise<ServiceProcess>;
  /** Services first, then servers. Idempotent. */
  stop(): Promise<void>;
}

const SUPERVISE_PAUSE_MS = 500;
/** The order in which they are shown, whichever is up first. */
const SERVERS = ['postgres', 'nats', 'redis'];

/** Starts a cluster on this machine and resolves when every process is ready. Ends with this process, however that ends. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const temporary = options.directory === undefined ? temporaryDirectory('cluster') : undefined;
  const directory = resolve(options.directory ?? temporary?.path ?? '.');
  mkdirSync(directory, { recursive: true });
  const password = options.settings?.DEMO_PASSWORD ?? secret(directory, 'demo-password');
  const adminToken = options.settings?.ADMIN_TOKEN ?? secret(directory, 'admin-token');
  const servers: Server[] = [];
  const processes: ServiceProcess[] = [];
  let stopping: Promise<void> | undefined;

  const own = async (url: string | undefined, start: () => Promise<Server>): Promise<string> => {
    if (url) return url;
    const server = await start();
    servers.push(server);
    servers.sort((a, b) => SERVERS.indexOf(a.kind) - SERVERS.indexOf(b.kind));
    watch(server);
    return server.url;
  };

  function watch(child: Server | ServiceProcess): void {
    child.onExit((wanted) => {
      if (stopping || wanted) return;
      options.onChange?.(`${child.name} ended`);
      if (options.supervise) setTimeout(() => void startAgain(child), SUPERVISE_PAUSE_MS);
    });
  }

  async function startAgain(child: Server | ServiceProcess): Promise<void> {
    if (stopping || child.running) return;
    try {
      await child.start();
      options.onChange?.(`${child.name} started again`);
    } catch (error) {
      options.onChange?.(`${child.name} did not start: ${(error as Error).message}`);
      setTimeout(() => void startAgain(child), SUPERVISE_PAUSE_MS * 4);
    }
  }

  async function makeProcess(service: ServiceName, index: number): Promise<ServiceProcess> {
    const made = await makeServiceProcess({
      service,
      index,
      directory: join(directory, 'services'),
      settings: {
        DATA_DIR: join(directory, 'data'),
        DATABASE_URL: urls.databaseUrl,
        NATS_URL: urls.natsUrl,
        REDIS_URL: urls.redisUrl,
        ADMIN_TOKEN: adminToken,
        DEMO_PASSWORD: password,
        ...options.settings,
        ...(await options.settingsOf?.(`${service}-${index}`)),
      },
    });
    processes.push(made);
    watch(made);
    return made;
  }

  async function stop(): Promise<void> {
    await Promise.all(processes.map((process) => process.stop()));
    await Promise.all(servers.map((server) => server.stop()));
    temporary?.remove();
  }

  const urls = { databaseUrl: '', natsUrl: '', redisUrl: '' };
  const cluster: Cluster = {
    directory,
    servers,
    processes,
    urls,
    password,
    adminToken,
    server(kind) {
      const found = servers.find((server) => server.kind === kind);
      if (!found) throw new Error(`this cluster did not start its own ${kind}`);
      return found;
    },
    process(service, index = 0) {
      const found = processes.find((process) => process.service === service && process.index === index);
      if (!found) throw new Error(`there is no ${service}-${index}`);
      return found;
    },
    port(service, listener, index = 0) {
      const address = cluster.process(service, index).addresses[listener];
      if (!address) throw new Error(`${service}-${index} has no listener ${listener}`);
      return address.port;
    },
    async add(service) {
      const added = await makeProcess(service, nextIndex(processes, service));
      await added.start();
      return added;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
  try {
    const at = (name: string): string => join(directory, name);
    const fsync = options.fsync ?? true;
    [urls.databaseUrl, urls.natsUrl, urls.redisUrl] = await Promise.all([
      own(options.databaseUrl, () => startPostgres({ directory: at('postgres'), fsync })),
      own(options.natsUrl, () => startNats({ directory: at('nats') })),
      own(options.redisUrl, () => startRedis({ directory: at('redis') })),
    ]);
    for (const service of SERVICES)
      for (let index = 0; index < (options.replicas?.[service] ?? 1); index++)
        await makeProcess(service, index);
    await Promise.all(processes.map((process) => process.start()));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

const nextIndex = (processes: readonly ServiceProcess[], service: ServiceName): number =>
  Math.max(-1, ...processes.filter((one) => one.service === service).map((one) => one.index)) + 1;

/** Made once and kept with the data, so that the next start on the same directory knows it. Hex: safe to paste into a shell. */
function secret(directory: string, name: string): string {
  const file = join(directory, name);
  try {
    writeFileSync(file, randomBytes(12).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
