import pg from 'pg';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import type { ServiceProcess } from '../cluster/service-process.ts';
import { SERVICES, type ServiceName } from '../cluster/services.ts';
import { makeAccounts } from '../soak/admin-client.ts';
import { type Findings, makeAudit } from '../soak/audit.ts';
import { makeLedger } from '../soak/ledger.ts';
import { type Load, startLoad } from '../soak/load.ts';
import { openSleepers } from './sleepers.ts';

export interface RollingRestartOptions {
  readonly replicas: number;
  readonly accounts: number;
  readonly connections: number;
  /** Messages a second, all the time. */
  readonly rate: number;
  /** How long mail flows around one restart, in milliseconds; the restart begins after a quarter of it. */
  readonly windowMs: number;
  readonly onProgress?: (line: string) => void;
}

export interface RestartReport {
  readonly process: string;
  /** From SIGTERM until it was gone, and from its start until it was ready. */
  readonly drainMs: number;
  readonly startMs: number;
  /** The longest time without a 250. */
  readonly pauseMs: number;
  /** The longest way from arrival to mailbox of what was accepted meanwhile. */
  readonly slowestMs: number;
}

export interface RollingRestartReport {
  readonly restarts: readonly RestartReport[];
  readonly accepted: number;
  readonly delivered: number;
  readonly findings: Findings;
  /** Replies and lost connections after which a sender tried again: text → how often. */
  readonly setbacks: ReadonlyMap<string, number>;
  /** IMAP clients that idled: how many were told BYE before their gateway went, and how many were not. */
  readonly idlers: { readonly told: number; readonly cut: number };
}

const DOMAIN = 'rolling.test';

/** Restarts every process of a cluster in turn, as a new release would, while mail flows at a steady rate. */
export async function rollingRestart(options: RollingRestartOptions): Promise<RollingRestartReport> {
  const replicas = Object.fromEntries(SERVICES.map((service) => [service, options.replicas]));
  const cluster = await startCluster({ replicas: { ...replicas, admin: 1 } });
  try {
    return await run(options, cluster);
  } finally {
    await cluster.stop();
  }
}

async function run(options: RollingRestartOptions, cluster: Cluster): Promise<RollingRestartReport> {
  const say = options.onProgress ?? (() => {});
  const names = Array.from({ length: options.accounts }, (_, index) => `account${index}`);
  const accounts = await makeAccounts(cluster, DOMAIN, names);
  const ledger = makeLedger(`rolling-${Date.now().toString(36)}`);
  let turn = 0;
  const load = startLoad({
    ledger,
    connections: options.connections,
    port: () => portOf(cluster, 'smtp-ingress', 'smtp', turn++),
    reversePath: 'sender@load.test',
    recipients: (number) => [accounts[number % accounts.length] ?? ''],
  });
  const sleepers = openSleepers({
    accounts: accounts.slice(0, 10),
    password: cluster.password,
    port: () => portOf(cluster, 'imap-gateway', 'imap', turn++),
  });
  const database = new pg.Client({ connectionString: cluster.urls.databaseUrl });
  await database.connect();
  try {
    const restarts: RestartReport[] = [];
    for (const process of cluster.processes) {
      const report = await restartUnderLoad(process, load, database, options);
      restarts.push(report);
      say(
        `${report.process}: gone after ${report.drainMs} ms, ready after ${report.startMs} ms, longest pause between two ` +
          `250s ${report.pauseMs} ms, slowest delivery ${report.slowestMs} ms`,
      );
    }
    await load.stop();
    const { told, cut } = await sleepers.stop();
    const audit = makeAudit({
      port: cluster.port('imap-gateway', 'imap'),
      password: cluster.password,
      accounts,
      ledger,
    });
    const { delivered, expunged: _, ...findings } = await audit.finish();
    return {
      restarts,
      accepted: ledger.accepted(),
      delivered,
      findings,
      setbacks: load.setbacks,
      idlers: { told, cut },
    };
  } finally {
    await database.end();
  }
}

/** The port of a replica that runs, one after the other. */
function portOf(cluster: Cluster, service: ServiceName, listener: string, turn: number): number {
  const running = cluster.processes.filter(
    (one) => one.service === service && one.running && !leaving.has(one),
  );
  const chosen = running[turn % running.length];
  if (chosen === undefined) throw new Error(`no ${service} runs`);
  return cluster.port(service, listener, chosen.index);
}

/** Processes that a balancer has taken out: a platform does so before it sends SIGTERM. */
const leaving = new Set<ServiceProcess>();

async function restartUnderLoad(
  process: ServiceProcess,
  load: Load,
  database: pg.Client,
  { rate, windowMs }: RollingRestartOptions,
): Promise<RestartReport> {
  const begin = Date.now();
  load.longestPause();
  const sending = load.send(Math.ceil((rate * windowMs) / 1_000), windowMs);
  await new Promise((resolve) => setTimeout(resolve, windowMs / 4));
  leaving.add(process);
  const stopped = performance.now();
  await process.drain();
  const started = performance.now();
  await process.start();
  const ready = performance.now();
  leaving.delete(process);
  await sending;
  return {
    process: process.name,
    drainMs: Math.round(started - stopped),
    startMs: Math.round(ready - started),
    pauseMs: load.longestPause(),
    slowestMs: await slowestSince(database, begin),
  };
}

/** An EmailId begins with the milliseconds of the message's arrival. */
async function slowestSince(database: pg.Client, since: number): Promise<number> {
  const { rows } = await database.query(
    `select coalesce(max(saved_at - ('x' || substr(replace(email_id::text, '-', ''), 1, 12))::bit(48)::bigint), 0) as ms
       from mailbox_message where saved_at >= $1`,
    [since],
  );
  return Number(rows[0].ms);
}
