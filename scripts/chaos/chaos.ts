import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { SERVICES } from '../cluster/services.ts';
import { startNats } from '../servers/nats.ts';
import { freePort } from '../servers/port.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';
import { askAdmin, makeAccounts } from '../soak/admin-client.ts';
import { passOne, ready } from '../soak/faults.ts';
import { makeLedger } from '../soak/ledger.ts';
import { startSink } from '../soak/smtp-sink.ts';
import { type AuditReport, audit } from './audit.ts';
import { openBook } from './books.ts';
import { FAULTS, type Fault, type Site } from './faults.ts';
import { imapReader } from './imap-reader.ts';
import { makeNetwork, type Network } from './network.ts';
import { pop3Reader } from './pop3-reader.ts';
import { startPostgresPair } from './postgres-pair.ts';
import { pick, seeded, shuffled } from './random.ts';
import { startSenders } from './senders.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** The plan goes on for so long; what is under way then ends in good order. */
  readonly seconds: number;
  /** Messages a second. */
  readonly rate: number;
  readonly directory: string;
  /** Only faults whose name contains this. */
  readonly only?: string;
  readonly fsync: boolean;
  readonly onProgress: (line: string) => void;
}

export interface FaultRun {
  readonly fault: string;
  readonly what: string;
  /** From its begin to its end. */
  readonly lastedMs: number;
  /** From its end until a message to each of six accounts passed from SMTP to IMAP and every process was ready. */
  readonly recoveryMs: number;
  /** The longest time without a 250 in it and its recovery. */
  readonly pauseMs: number;
  /** Connections to Postgres that were opened in the busiest second after its end. */
  readonly connectionsASecond: number;
}

export interface ChaosReport {
  readonly faults: readonly FaultRun[];
  readonly missing: ReadonlyMap<string, string>;
  readonly audit: AuditReport;
  readonly relayed: {
    readonly accepted: number;
    readonly lost: string[];
    readonly altered: string[];
    readonly twice: number;
  };
  /** In the spool at the end without a reason. */
  readonly stuck: string[];
  /** What `doctor --deep` found. */
  readonly doctor: string[];
  readonly setbacks: ReadonlyMap<string, number>;
  readonly resets: ReadonlyMap<string, number>;
}

const DOMAIN = 'chaos.test';
const REMOTE = 'elsewhere.test';
const IMAP_ACCOUNTS = 8;
const POP3_ACCOUNTS = 4;
const QUIET_ACCOUNTS = 12;
const RELAY_SHARE = 0.15;
const FIRST_MS = 3_000;
const BETWEEN_MS = 1_500;
const RECOVERY_TIMEOUT_MS = 90_000;
const SETTLE_MS = 60_000;

/** The findings that fail a run. */
export const problems = ({ audit: found, relayed, stuck, doctor }: ChaosReport): string[] => [
  ...found.lost.map((one) => `lost: ${one}`),
  ...found.doubled.map((one) => `doubled: ${one}`),
  ...found.undone.map((one) => `undone: ${one}`),
  ...found.wrong.map((one) => `wrong: ${one}`),
  ...relayed.lost.map((one) => `lost on relay: ${one}`),
  ...relayed.altered.map((one) => `altered on relay: ${one}`),
  ...stuck.map((one) => `stuck in the spool: ${one}`),
  ...doctor.map((one) => `doctor: ${one}`),
];

export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const site = await build(options, stops);
    return await run(options, site);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

type BuiltSite = Site & { readonly sink: Awaited<ReturnType<typeof startSink>> };

/** Everything twice, on servers of its own; each process reaches each server over a link of its own. */
async function build(options: ChaosOptions, stops: (() => Promise<unknown>)[]): Promise<BuiltSite> {
  const at = (name: string): string => join(options.directory, name);
  const network: Network = makeNetwork();
  stops.push(() => network.stop());
  const postgres = await startPostgresPair(at('postgres'), options.fsync);
  stops.push(() => postgres.stop());
  const routes = [await freePort(), await freePort(), await freePort()];
  const nats: Server[] = await Promise.all(
    routes.map((port, index) =>
      startNats({ directory: at(`nats-${index}`), name: `nats-${index}`, cluster: { port, routes } }),
    ),
  );
  stops.push(() => Promise.all(nats.map((node) => node.stop())));
  const redis = await startRedis({ directory: at('redis') });
  stops.push(() => redis.stop());
  const sink = await startSink();
  stops.push(() => sink.stop());
  const clockFile = (process: string): string => at(`clock-${process}`);
  const clock = fileURLToPath(new URL('./clock.ts', import.meta.url));

  const cluster: Cluster = await startCluster({
    directory: at('cluster'),
    replicas: Object.fromEntries(SERVICES.map((service) => [service, 2])),
    databaseUrl: postgres.primary.url,
    natsUrl: nats[0]!.url,
    redisUrl: redis.url,
    settings: {
      RELAY_HOST: `127.0.0.1:${sink.port}`,
      RETRY_SCHEDULE: '1s,2s,3s',
      LOG_LEVEL: 'info',
    },
    async settingsOf(process) {
      const link = (server: 'postgres' | 'nats' | 'redis', port: number) =>
        network.link(process, server, port);
      const nodes = await Promise.all(nats.map((node) => link('nats', node.port)));
      const moved = (url: string, port: number): string =>
        Object.assign(new URL(url), { port: String(port) }).href;
      return {
        DATABASE_URL: moved(postgres.primary.url, await link('postgres', postgres.primary.port)),
        NATS_URL: nodes.map((port) => `nats://127.0.0.1:${port}`).join(),
        REDIS_URL: moved(redis.url, await link('redis', redis.port)),
        NODE_OPTIONS: `--import=${clock}`,
        CLOCK_OFFSET_FILE: clockFile(process),
      };
    },
  });
  stops.push(() => cluster.stop());
  return { cluster, network, postgres, nats, redis, clockFile, sink };
}

async function run(options: ChaosOptions, site: BuiltSite): Promise<ChaosReport> {
  const { cluster, network, sink } = site;
  const { onProgress: say, seed } = options;
  const random = seeded(seed);
  const names = [
    'probe',
    ...Array.from({ length: IMAP_ACCOUNTS }, (_, index) => `imap${index}`),
    ...Array.from({ length: POP3_ACCOUNTS }, (_, index) => `pop${index}`),
    ...Array.from({ length: QUIET_ACCOUNTS }, (_, index) => `quiet${index}`),
  ];
  const [probe = '', ...accounts] = await makeAccounts(cluster, DOMAIN, names);
  // Several, so that each owner has some of them.
  const probes = [probe, ...accounts.filter((address) => address.startsWith('quiet')).slice(0, 5)];
  const ledger = makeLedger(`chaos-${seed}-${Date.now().toString(36)}`);
  const books = [probe, ...accounts].map(openBook);
  const setbacks = new Map<string, number>();
  const setback = (kind: string): void => void setbacks.set(kind, (setbacks.get(kind) ?? 0) + 1);
  let stopped = false;
  const portOf = (service: 'smtp-ingress' | 'imap-gateway' | 'pop3-gateway', listener: string) => () =>
    cluster.port(service, listener, Math.floor(Math.random() * 2));

  const common = { ledger, random: seeded(seed + 1) };
  const incoming = startSenders({
    ...common,
    connections: 8,
    rate: options.rate,
    port: portOf('smtp-ingress', 'smtp'),
    reversePath: 'sender@load.test',
    recipients: () => recipientsOf(common.random, accounts),
  });
  const outgoing = startSenders({
    ...common,
    connections: 2,
    rate: Math.max(1, options.rate * RELAY_SHARE),
    port: portOf('smtp-ingress', 'submission'),
    reversePath: probe,
    login: { address: probe, password: cluster.password },
    recipients: () => [`somebody${Math.floor(common.random() * 1_000)}@${REMOTE}`],
  });
  const reader = { ledger, password: cluster.password, setback, stopped: () => stopped };
  const readers = books
    .filter(({ address }) => /^(?:imap|pop)/.test(address))
    .map((book, index) =>
      book.address.startsWith('imap')
        ? imapReader({
            ...reader,
            book,
            random: seeded(seed + 10 + index),
            port: portOf('imap-gateway', 'imap'),
          })
        : pop3Reader({
            ...reader,
            book,
            random: seeded(seed + 10 + index),
            port: portOf('pop3-gateway', 'pop3'),
          }),
    );
  const reading = Promise.all(readers);
  reading.catch(() => {});

  const plan = planOf(options, site, random);
  const runs: FaultRun[] = [];
  await sleep(FIRST_MS);
  const end = Date.now() + options.seconds * 1_000;
  for (let number = 0; Date.now() < end; number++) {
    const fault = plan.next();
    incoming.longestPause();
    const begin = Date.now();
    const [least, most] = fault.seconds;
    const what = await fault.inject(site, random, (least + random() * (most - least)) * 1_000);
    const ended = Date.now();
    const connections = countConnections(network);
    await Promise.all(
      probes.map((address) => passOne(cluster, address, ledger, ended + RECOVERY_TIMEOUT_MS)),
    );
    await Promise.all(
      cluster.processes.map((process) => ready(process.adminUrl, ended + RECOVERY_TIMEOUT_MS)),
    );
    const recoveryMs = Date.now() - ended;
    await sleep(BETWEEN_MS);
    const done: FaultRun = {
      fault: fault.name,
      what,
      lastedMs: ended - begin,
      recoveryMs,
      pauseMs: incoming.longestPause(),
      connectionsASecond: connections.stop(),
    };
    runs.push(done);
    say(
      `${number + 1}. ${done.fault} (${what}): lasted ${done.lastedMs} ms, mail passes ${recoveryMs} ms after its end, ` +
        `longest pause between two 250s ${done.pauseMs} ms, ${ledger.accepted()} accepted`,
    );
  }
  stopped = true;
  await Promise.all([incoming.stop(), outgoing.stop(), reading]);
  say('the load has ended; comparing the books');
  const sum = (of: 'unanswered' | 'putOff' | 'setbacks' | 'resets'): Map<string, number> =>
    add(incoming[of], outgoing[of]);
  const found = await audit({
    books,
    ledger,
    unanswered: sum('unanswered'),
    putOff: sum('putOff'),
    password: cluster.password,
    port: portOf('imap-gateway', 'imap'),
    domain: DOMAIN,
    settleMs: SETTLE_MS,
  });
  return {
    faults: runs,
    missing: plan.missing,
    audit: found,
    relayed: await checkRelayed(ledger, sink),
    stuck: await stuckEntries(cluster),
    doctor: await askDoctor(cluster),
    setbacks: add(setbacks, sum('setbacks')),
    resets: sum('resets'),
  };
}

/** Every fault once in a shuffled order, then again in another. */
function planOf(
  options: ChaosOptions,
  site: Site,
  random: () => number,
): { next(): Fault; readonly missing: ReadonlyMap<string, string> } {
  const missing = new Map<string, string>();
  const possible = FAULTS.filter((fault) => {
    const reason = fault.missing?.(site);
    if (reason) missing.set(fault.name, reason);
    return reason === undefined && fault.name.includes(options.only ?? '');
  });
  if (possible.length === 0) throw new Error(`no fault is named ${options.only}`);
  let left: Fault[] = [];
  return {
    missing,
    next() {
      if (left.length === 0) left = shuffled(random, possible);
      return left.pop()!;
    },
  };
}

function recipientsOf(random: () => number, accounts: readonly string[]): string[] {
  const first = pick(random, accounts);
  return random() < 0.15 ? [...new Set([first, pick(random, accounts), pick(random, accounts)])] : [first];
}

/** Connections to Postgres opened in the busiest second while it counts. */
function countConnections(network: Network): { stop(): number } {
  const total = (): number =>
    network.links(undefined, 'postgres').reduce((sum, link) => sum + link.accepted, 0);
  let last = total();
  let most = 0;
  const timer = setInterval(() => {
    const now = total();
    most = Math.max(most, now - last);
    last = now;
  }, 1_000);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(most, total() - last);
    },
  };
}

async function checkRelayed(
  ledger: ReturnType<typeof makeLedger>,
  sink: BuiltSite['sink'],
): Promise<ChaosReport['relayed']> {
  const remote = [...ledger.entries.values()].filter(
    (entry) => entry.accepted && entry.forwardPaths.some((path) => path.endsWith(`@${REMOTE}`)),
  );
  const missing = () => remote.filter((entry) => !sink.arrivals.has(entry.messageId));
  for (const deadline = Date.now() + SETTLE_MS; missing().length > 0 && Date.now() < deadline; )
    await sleep(200);
  return {
    accepted: remote.length,
    lost: missing().map((entry) => entry.messageId),
    altered: remote
      .filter((entry) => sink.arrivals.get(entry.messageId)?.some((sha256) => sha256 !== entry.sha256))
      .map((entry) => entry.messageId),
    twice: remote.filter((entry) => (sink.arrivals.get(entry.messageId)?.length ?? 0) > 1).length,
  };
}

/** All remote mail was delivered, or waits with a reason. */
async function stuckEntries(cluster: Cluster): Promise<string[]> {
  const page = (await askAdmin(cluster, '/queue')) as {
    entries: { entryId: string; lastReply: string | null }[];
  };
  return page.entries.filter((entry) => !entry.lastReply).map((entry) => entry.entryId);
}

/** `mailctl doctor --deep`, as the command asks for it. */
async function askDoctor(cluster: Cluster): Promise<string[]> {
  const told: string[] = [];
  const { stages } = (await askAdmin(cluster, '/doctor')) as { stages: { stage: string }[] };
  for (const { stage } of stages)
    for (let after: string | null = ''; after !== null; ) {
      const query: string = after === '' ? '' : `&after=${after}`;
      const batch = (await askAdmin(cluster, `/doctor/batch?stage=${stage}${query}`)) as {
        findings: { check: string; what: string }[];
        next: string | null;
      };
      told.push(...batch.findings.map((one) => `${one.check}: ${one.what}`));
      after = batch.next;
    }
  return told;
}

function add(...maps: ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const map of maps) for (const [key, count] of map) all.set(key, (all.get(key) ?? 0) + count);
  return all;
}
