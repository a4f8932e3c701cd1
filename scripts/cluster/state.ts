import { renameSync, writeFileSync } from 'node:fs';
import type { Cluster } from './cluster.ts';
import type { Addresses } from './service-process.ts';
import { serviceEntry } from './services.ts';

/** What `--state FILE` holds: enough to find, kill and restart each process from a script. */
export interface ClusterState {
  /** Of `npm run cluster` itself. */
  readonly pid: number;
  readonly directory: string;
  readonly urls: Cluster['urls'];
  readonly adminToken: string;
  readonly demo: { readonly accounts: readonly string[]; readonly password: string };
  readonly servers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly url: string;
    /** 0: not running. */
    readonly pid: number;
    readonly log: string;
  }[];
  readonly processes: readonly {
    readonly service: string;
    readonly index: number;
    readonly pid: number;
    readonly addresses: Addresses;
    readonly adminUrl: string;
    readonly log: string;
    /** Start it again: this command, in this environment. */
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }[];
}

export const DEMO_ACCOUNTS: readonly string[] = ['alice@example.test', 'bob@example.test'];

export const clusterState = (cluster: Cluster): ClusterState => ({
  pid: process.pid,
  directory: cluster.directory,
  urls: cluster.urls,
  adminToken: cluster.adminToken,
  demo: { accounts: DEMO_ACCOUNTS, password: cluster.password },
  servers: cluster.servers.map(({ name, kind, url, pid, logFile }) => ({
    name,
    kind,
    url,
    pid,
    log: logFile,
  })),
  processes: cluster.processes.map((one) => ({
    service: one.service,
    index: one.index,
    pid: one.pid,
    addresses: one.addresses,
    adminUrl: one.adminUrl,
    log: one.logFile,
    command: [process.execPath, serviceEntry(one.service)],
    env: one.settings,
  })),
});

/** Whole or not at all, so that a reader never sees half of it. It holds passwords: for the owner alone. */
export function writeState(file: string, state: ClusterState): void {
  const half = `${file}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(half, file);
}
