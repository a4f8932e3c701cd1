import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary } from './binary.ts';
import { makeChild } from './child.ts';
import { freePort } from './port.ts';
import { answers } from './probe.ts';
import type { Server } from './server.ts';

const run = promisify(execFile);

/** The superuser and the database that the URL names. Trust authentication, on 127.0.0.1 alone. */
const USER = 'cartero';
const INITDB_TIMEOUT_MS = 60_000;
const READY_WITHIN_MS = 60_000;

export interface PostgresOptions {
  /** Its directory; made when missing, kept when it holds a database. */
  readonly directory: string;
  readonly port?: number;
  /** False: a crash of the machine loses data. For tests, which need speed and no durability. */
  readonly fsync: boolean;
  readonly maxConnections?: number;
  /** Settings over ours. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly name?: string;
  /** A hot standby, a copy of the server on this port, known to it as `as`. */
  readonly follows?: { readonly port: number; readonly as: string };
}

/** Postgres refuses to run as root: then it runs as the distribution's `postgres`, else as `nobody`. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const user = ['postgres', 'nobody'].find((name) => {
    try {
      execFileSync('id', [name], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (!user) throw new Error('Postgres cannot run as root, and there is no user postgres');
  const id = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(options: PostgresOptions): Promise<Server> {
  const postgres = findBinary('postgres');
  const as = owner();
  const { directory } = options;
  const data = join(directory, 'data');
  const logFile = join(directory, 'postgres.log');
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  writeFileSync(logFile, '', { flag: 'a' });
  if (as.uid !== undefined && as.gid !== undefined) {
    chownSync(directory, as.uid, as.gid);
    chownSync(logFile, as.uid, as.gid);
  }
  if (!existsSync(join(data, 'PG_VERSION'))) {
    if (options.follows) await copy(dirname(postgres), data, options.follows, as);
    else await initialise(dirname(postgres), data, options.fsync, as);
  }

  const port = options.port ?? (await freePort());
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: directory,
    max_connections: options.maxConnections ?? 400,
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    fsync: options.fsync ? 'on' : 'off',
    full_page_writes: options.fsync ? 'on' : 'off',
    // Containers have a small /dev/shm, and no query here is worth a parallel plan.
    max_parallel_workers_per_gather: 0,
    timezone: 'UTC',
    ...options.settings,
  };
  const child = makeChild({
    name: options.name ?? 'postgres',
    command: postgres,
    arguments: [
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: directory,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    logFile,
    ...as,
    stopSignal: 'SIGINT',
    orphanSignal: 'SIGQUIT',
    stopGraceMs: 20_000,
    readyWithinMs: READY_WITHIN_MS,
    ready: () => answers(port, startupPacket(), /^R\0\0\0\x08\0\0\0\0/),
    // After a SIGKILL the old backends need a moment to notice that their postmaster is gone.
    startAgain: (output) => /pre-existing shared memory|lock file .* already exists/.test(output),
  });
  await child.start();
  return Object.assign(child, {
    kind: 'postgres' as const,
    port,
    url: `postgres://${USER}@127.0.0.1:${port}/${USER}`,
  });
}

async function copy(
  binaries: string,
  data: string,
  from: { readonly port: number; readonly as: string },
  as: object,
): Promise<void> {
  const source = `host=127.0.0.1 port=${from.port} user=${USER} application_name=${from.as}`;
  await run(
    join(binaries, 'pg_basebackup'),
    ['-D', data, '-d', source, '--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast'],
    { ...as, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, timeout: INITDB_TIMEOUT_MS },
  );
}

async function initialise(binaries: string, data: string, sync: boolean, as: object): Promise<void> {
  const options = {
    ...as,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    timeout: INITDB_TIMEOUT_MS,
  };
  const syncing = sync ? [] : ['--no-sync'];
  await run(
    join(binaries, 'initdb'),
    ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', ...syncing],
    options,
  );
  // Single-user mode makes the database before anybody can connect.
  const single = execFile(join(binaries, 'postgres'), ['--single', '-D', data, 'postgres'], options);
  const ended = new Promise<void>((resolve, reject) => {
    single.once('error', reject);
    single.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`postgres --single: exit ${code}`)),
    );
  });
  single.stdin?.end(`CREATE DATABASE ${USER}\n`);
  await ended;
}

/** StartupMessage of the protocol 3.0; a server that takes queries answers AuthenticationOk. */
function startupPacket(): Uint8Array {
  const parameters = Buffer.from(`user\0${USER}\0database\0${USER}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + parameters.length, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, parameters]);
}
