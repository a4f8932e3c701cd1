import { join } from 'node:path';
import { startCluster } from '../../scripts/cluster/cluster.ts';
import { makeChild } from '../../scripts/servers/child.ts';
import { freePort } from '../../scripts/servers/port.ts';
import { temporaryDirectory } from '../../scripts/servers.ts';
import { runProgram } from './program.ts';

export const PASSWORD = 'correct horse';

const ROOT = new URL('../../', import.meta.url).pathname;
const READY_WITHIN_MS = 60_000;
const STOP_GRACE_MS = 25_000;

type ListenerName = 'smtp' | 'submission' | 'submissions' | 'pop3' | 'pop3s' | 'imap' | 'imaps' | 'http';

/** A running mail system, seen from outside: ports of 127.0.0.1, and `mailctl`. */
export interface System {
  readonly ports: Readonly<Record<ListenerName, number>>;
  mailctl(args: readonly string[], input?: string): Promise<string>;
  /** Makes accounts with `PASSWORD`; their domain must be there. */
  addAccounts(...addresses: string[]): Promise<void>;
  stop(): Promise<void>;
}

export type StartSystem = (settings?: Readonly<Record<string, string>>) => Promise<System>;

function seenFromOutside(
  ports: System['ports'],
  admin: { readonly url: string; readonly token: string },
  stop: () => Promise<void>,
): System {
  const mailctl = async (args: readonly string[], input = ''): Promise<string> => {
    const env = { ADMIN_URL: admin.url, ADMIN_TOKEN: admin.token };
    return (
      await runProgram(process.execPath, [`${ROOT}services/admin/mailctl.ts`, ...args], { input, env })
    ).toString();
  };
  const addAccounts = async (...addresses: string[]): Promise<void> => {
    const rows = addresses.map((address) => `${address},${PASSWORD}\n`);
    await mailctl(['account', 'import', '-'], `address,password\n${rows.join('')}`);
  };
  return { ports, mailctl, addAccounts, stop };
}

/** All services in one process on the embedded parts, as `npm start` runs them, on free ports. */
export const startEmbedded: StartSystem = async (settings = {}) => {
  const directory = temporaryDirectory('embedded');
  const names = [
    'smtp',
    'submission',
    'submissions',
    'lmtp',
    'pop3',
    'pop3s',
    'imap',
    'imaps',
    'manage_sieve',
    'http',
    'https',
    'admin',
  ];
  const ports: Record<string, number> = {};
  for (const name of names) ports[name] = await freePort();
  const portSettings = Object.entries(ports).map(([name, port]) => [
    `${name.replace('manage_sieve', 'managesieve').toUpperCase()}_PORT`,
    String(port),
  ]);
  const admin = { url: `http://127.0.0.1:${ports.admin}`, token: 'clients-of-the-embedded-system' };
  const child = makeChild({
    name: 'all-in-one',
    command: process.execPath,
    arguments: [`${ROOT}services/all-in-one/main.ts`],
    cwd: directory.path,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: join(directory.path, 'data'),
      ADMIN_TOKEN: admin.token,
      DEMO_PASSWORD: PASSWORD,
      ...Object.fromEntries(portSettings),
      ...settings,
    },
    logFile: join(directory.path, 'log'),
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGTERM',
    stopGraceMs: STOP_GRACE_MS,
    readyWithinMs: READY_WITHIN_MS,
    ready: async (output) => output().includes('"event":"ready"') && isReady(admin.url),
  });
  await child.start();
  return seenFromOutside(ports as unknown as System['ports'], admin, async () => {
    await child.stop();
    directory.remove();
  });
};

/** Each service a process of its own on real NATS, Postgres and Redis. */
export const startClusterSystem: StartSystem = async (settings = {}) => {
  const cluster = await startCluster({
    fsync: false,
    settings: { DEMO_PASSWORD: PASSWORD, ...settings },
  });
  const ports = {
    smtp: cluster.port('smtp-ingress', 'smtp'),
    submission: cluster.port('smtp-ingress', 'submission'),
    submissions: cluster.port('smtp-ingress', 'submissions'),
    pop3: cluster.port('pop3-gateway', 'pop3'),
    pop3s: cluster.port('pop3-gateway', 'pop3s'),
    imap: cluster.port('imap-gateway', 'imap'),
    imaps: cluster.port('imap-gateway', 'imaps'),
    http: cluster.port('webmail', 'http'),
  };
  const admin = { url: cluster.process('admin').adminUrl, token: cluster.adminToken };
  return seenFromOutside(ports, admin, () => cluster.stop());
};

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
