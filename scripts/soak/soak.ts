import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type ClusterOptions, startCluster } from '../cluster/cluster.ts';
import { makeAccounts } from './admin-client.ts';
import { type Findings, makeAudit } from './audit.ts';
import { allFaults, inject, type Recovery } from './faults.ts';
import { type Ledger, makeLedger } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { type SmtpSink, startSink } from './smtp-sink.ts';

export interface SoakOptions {
  /** Messages that must get their 250, over all faults. */
  readonly messages: number;
  readonly accounts: number;
  readonly connections: number;
  /** How long the messages of one fault take to go out, in milliseconds; the fault comes in the middle. */
  readonly faultMs: number;
  readonly cluster?: Pick<ClusterOptions, 'replicas' | 'directory' | 'settings'>;
  readonly onProgress?: (line: string) => void;
}

export interface FaultReport extends Recovery {
  /** The longest time without a 250 while this fault was on, milliseconds. */
  readonly pauseMs: number;
}

export interface SoakReport {
  readonly faults: readonly FaultReport[];
  readonly findings: Findings;
  readonly accepted: number;
  readonly delivered: number;
  readonly expunged: number;
  /** Mail to a foreign server, submitted with a login. Twice is allowed by SMTP, never is not. */
  readonly relayed: {
    readonly accepted: number;
    readonly lost: string[];
    readonly altered: string[];
    readonly twice: number;
  };
  readonly setbacks: ReadonlyMap<string, number>;
}

const LOCAL_DOMAIN = 'soak.test';
const REMOTE_DOMAIN = 'elsewhere.test';
const RELAY_TIMEOUT_MS = 60_000;
/** One of so many messages goes to a foreign server. */
const RELAY_SHARE = 10;

/** The findings that fail a soak, as lines; none: nothing was lost. */
export const problems = (report: SoakReport): string[] => [
  ...Object.entries(report.findings).flatMap(([kind, all]: [string, string[]]) =>
    all.map((one) => `${kind}: ${one}`),
  ),
  ...report.relayed.lost.map((one) => `lost on relay: ${one}`),
  ...report.relayed.altered.map((one) => `altered on relay: ${one}`),
];

/** A cluster under load while each of its processes and servers is killed in turn; then the books are compared. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const say = options.onProgress ?? (() => {});
  const sink = await startSink();
  const cluster = await startCluster({
    ...options.cluster,
    settings: {
      RELAY_HOST: `127.0.0.1:${sink.port}`,
      RETRY_SCHEDULE: '1s,2s,3s',
      ...options.cluster?.settings,
    },
  }).catch(async (error) => {
    await sink.stop();
    throw error;
  });
  try {
    say(`cluster of ${cluster.processes.length} processes in ${cluster.directory}`);
    return await run(options, cluster, sink, say);
  } finally {
    await cluster.stop();
    await sink.stop();
  }
}

async function run(
  options: SoakOptions,
  cluster: Cluster,
  sink: SmtpSink,
  say: (line: string) => void,
): Promise<SoakReport> {
  const names = ['probe', ...Array.from({ length: options.accounts }, (_, index) => `account${index}`)];
  const [probe = '', ...accounts] = await makeAccounts(cluster, LOCAL_DOMAIN, names);
  const ledger = makeLedger(`soak-${Date.now().toString(36)}`);
  const { password } = cluster;
  const audit = makeAudit({
    port: cluster.port('imap-gateway', 'imap'),
    password,
    accounts: [probe, ...accounts],
    ledger,
  });
  const incoming = startLoad({
    ledger,
    connections: options.connections,
    port: cluster.port('smtp-ingress', 'smtp'),
    reversePath: 'sender@load.test',
    recipients: (number) => recipientsOf(number, accounts),
  });
  const outgoing = startLoad({
    ledger,
    connections: 2,
    port: cluster.port('smtp-ingress', 'submission'),
    reversePath: probe,
    login: { address: probe, password },
    recipients: (number) => [`somebody${number}@${REMOTE_DOMAIN}`],
  });

  const faults = allFaults(cluster);
  const remote = Math.ceil(options.messages / RELAY_SHARE / (faults.length + 1));
  const local = Math.ceil(options.messages / (faults.length + 1)) - remote;
  const send = (): Promise<unknown> =>
    Promise.all([incoming.send(local, options.faultMs), outgoing.send(remote, options.faultMs)]);

  const reports: FaultReport[] = [];
  await send();
  say(`${ledger.accepted()} messages accepted before the first fault`);
  for (const fault of faults) {
    incoming.longestPause();
    const sending = send();
    const [recovery] = await Promise.all([
      sleep(options.faultMs / 3).then(() => inject(fault, cluster, { account: probe, ledger })),
      sending,
    ]);
    await audit.look();
    const report = { ...recovery, pauseMs: incoming.longestPause() };
    reports.push(report);
    say(
      `${report.fault}: process back after ${report.processMs} ms, mail passes after ${report.recoveryMs} ms, ` +
        `longest pause between two 250s ${report.pauseMs} ms, ${ledger.accepted()} accepted so far`,
    );
  }
  await Promise.all([incoming.stop(), outgoing.stop()]);
  const { delivered, expunged, ...findings } = await audit.finish();
  return {
    faults: reports,
    findings,
    accepted: ledger.accepted(),
    delivered,
    expunged,
    relayed: await checkRelayed(ledger, sink),
    setbacks: sum([incoming, outgoing]),
  };
}

/** Mostly one account; every seventh message goes to three. */
function recipientsOf(number: number, accounts: readonly string[]): string[] {
  const at = (offset: number): string => accounts[(number + offset) % accounts.length] ?? '';
  return number % 7 === 6 ? [...new Set([at(0), at(17), at(31)])] : [at(0)];
}

async function checkRelayed(ledger: Ledger, sink: SmtpSink): Promise<SoakReport['relayed']> {
  const remote = [...ledger.entries.values()].filter(
    (entry) => entry.accepted && entry.forwardPaths.some((path) => path.endsWith(`@${REMOTE_DOMAIN}`)),
  );
  const missing = () => remote.filter((entry) => !sink.arrivals.has(entry.messageId));
  for (const deadline = Date.now() + RELAY_TIMEOUT_MS; missing().length > 0 && Date.now() < deadline; )
    await sleep(200);
  const altered = remote.filter((entry) =>
    sink.arrivals.get(entry.messageId)?.some((sha256) => sha256 !== entry.sha256),
  );
  return {
    accepted: remote.length,
    lost: missing().map((entry) => entry.messageId),
    altered: altered.map((entry) => entry.messageId),
    twice: remote.filter((entry) => (sink.arrivals.get(entry.messageId)?.length ?? 0) > 1).length,
  };
}

function sum(loads: readonly Load[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const load of loads)
    for (const [text, count] of load.setbacks) all.set(text, (all.get(text) ?? 0) + count);
  return all;
}
