import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { ServiceProcess } from '../cluster/service-process.ts';
import { SERVICES } from '../cluster/services.ts';
import type { Server } from '../servers/server.ts';
import type { Direction } from './forwarder.ts';
import type { Network, ServerKind } from './network.ts';
import type { PostgresPair } from './postgres-pair.ts';
import { pick, type Random } from './random.ts';

/** What faults are done to. */
export interface Site {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly postgres: PostgresPair;
  readonly nats: readonly Server[];
  readonly redis: Server;
  readonly clockFile: (process: string) => string;
}

export interface Fault {
  readonly name: string;
  /** Seconds that it lasts, at least and at most. */
  readonly seconds: readonly [number, number];
  /** Begins, lasts `ms`, ends: afterwards everything is there again. Resolves with what was chosen. */
  inject(site: Site, random: Random, ms: number): Promise<string>;
  /** Why it cannot be done on this machine. */
  missing?(site: Site): string | undefined;
}

const KILLED_MS = 300;
const OWNERS = ['mailbox-store', 'relay-worker'] as const;
const BOTH: readonly Direction[] = ['to-server', 'to-client'];
const HOUR_MS = 3_600_000;

const oneOf = (site: Site, random: Random, service: string): ServiceProcess =>
  pick(
    random,
    site.cluster.processes.filter((one) => one.service === service),
  );

const killService = (service: string): Fault => ({
  name: `kill -9 ${service}`,
  seconds: [0, 0],
  async inject(site, random) {
    const victim = oneOf(site, random, service);
    await victim.kill('SIGKILL');
    await sleep(KILLED_MS);
    await victim.start();
    return victim.name;
  },
});

const freeze = (service: string, seconds: Fault['seconds']): Fault => ({
  name: `SIGSTOP ${service}`,
  seconds,
  async inject(site, random, ms) {
    const victim = oneOf(site, random, service);
    await victim.kill('SIGSTOP');
    await sleep(ms);
    await victim.kill('SIGCONT');
    return victim.name;
  },
});

function cut(service: string, server: ServerKind, directions = BOTH): Fault {
  const way = directions.length === 2 ? '' : `, ${directions[0]} only`;
  return {
    name: `cut ${service} from ${server}${way}`,
    seconds: [3, 15],
    async inject({ cluster, network }, random, ms) {
      const victim = pick(
        random,
        cluster.processes.filter((one) => one.service === service),
      );
      const links = network.links(victim.name, server);
      for (const link of links) link.cut(directions);
      await sleep(ms);
      for (const link of links) link.heal();
      return victim.name;
    },
  };
}

const restart = (name: string, choose: (site: Site, random: Random) => readonly Server[]): Fault => ({
  name,
  seconds: [0.3, 6],
  async inject(site, random, ms) {
    const victims = choose(site, random);
    await Promise.all(victims.map((victim) => victim.kill('SIGKILL')));
    await sleep(ms);
    await Promise.all(victims.map((victim) => victim.start()));
    return victims.map((victim) => victim.name).join();
  },
});

const failOver = (signal: 'SIGKILL' | 'SIGSTOP'): Fault => ({
  name: signal === 'SIGKILL' ? 'postgres fail-over' : 'postgres fail-over, the old one frozen',
  seconds: [1, 4],
  async inject({ postgres, network }, _random, ms) {
    const old = postgres.primary;
    await old.kill(signal);
    await sleep(ms);
    await postgres.failOver((primary) => network.movePostgres(primary.port));
    return old.name;
  },
});

/** A jump of one process' clock, and back. */
const clock = (service: string, hours: number): Fault => ({
  name: `clock of ${service} ${hours > 0 ? '+' : '−'}${Math.abs(hours)} h`,
  seconds: [4, 12],
  async inject(site, random, ms) {
    const victim = oneOf(site, random, service);
    writeFileSync(site.clockFile(victim.name), String(hours * HOUR_MS));
    await sleep(ms);
    rmSync(site.clockFile(victim.name), { force: true });
    await sleep(500);
    return victim.name;
  },
});

export const FAULTS: readonly Fault[] = [
  ...SERVICES.map(killService),
  ...OWNERS.map((service) => freeze(service, [9, 30])),
  freeze('smtp-ingress', [2, 12]),
  freeze('imap-gateway', [2, 12]),
  cut('mailbox-store', 'postgres'),
  cut('mailbox-store', 'postgres', ['to-client']),
  cut('mailbox-store', 'nats'),
  cut('mailbox-store', 'nats', ['to-server']),
  cut('smtp-ingress', 'postgres'),
  cut('smtp-ingress', 'postgres', ['to-client']),
  cut('relay-worker', 'postgres', ['to-client']),
  cut('imap-gateway', 'nats', ['to-client']),
  cut('imap-gateway', 'redis'),
  {
    name: 'connections to postgres reset, again and again',
    seconds: [3, 8],
    async inject({ network }, random, ms) {
      for (const end = Date.now() + ms; Date.now() < end; await sleep(200))
        for (const link of network.links(undefined, 'postgres')) if (random() < 0.5) link.reset();
      return 'all';
    },
  },
  {
    name: 'slow network, 5% loss',
    seconds: [6, 15],
    async inject({ network }, random, ms) {
      const latencyMs = 5 + random() * 20;
      for (const link of network.links()) link.slow(latencyMs, 0.05);
      await sleep(ms);
      network.heal();
      return `${latencyMs.toFixed(0)} ms each way`;
    },
  },
  restart('kill -9 postgres', ({ postgres }) => [postgres.primary]),
  {
    name: 'postgres restart in good order',
    seconds: [0, 0],
    async inject({ postgres }) {
      await postgres.primary.restart();
      return postgres.primary.name;
    },
  },
  failOver('SIGKILL'),
  failOver('SIGSTOP'),
  {
    name: 'standby gone, commits wait',
    seconds: [3, 12],
    async inject({ postgres }, _random, ms) {
      await postgres.standby.kill('SIGKILL');
      await sleep(ms);
      await postgres.standby.start();
      return postgres.standby.name;
    },
  },
  {
    name: 'full disk under postgres',
    seconds: [3, 8],
    missing: ({ postgres }) => (postgres.disk ? undefined : 'no file system could be mounted'),
    async inject({ postgres }, _random, ms) {
      const { primary, disk } = postgres;
      disk?.fill();
      await sleep(ms);
      disk?.empty();
      // Without room for its log Postgres ends itself.
      if (!primary.running) await primary.start();
      return primary.name;
    },
  },
  restart('kill -9 a NATS node', ({ nats }, random) => [pick(random, nats)]),
  restart('kill -9 all NATS nodes', ({ nats }) => nats),
  restart('kill -9 redis, its data lost', ({ redis }) => [redis]),
  clock('mailbox-store', 48),
  clock('mailbox-store', -48),
  clock('smtp-ingress', 48),
  clock('smtp-ingress', -48),
];
