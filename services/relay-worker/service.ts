import { randomBytes } from 'node:crypto';
import { signingKeys } from '../../shared/account/dkim-keys.ts';
import { createActorHost } from '../../shared/actor/host.ts';
import { subjects } from '../../shared/bus/subjects.ts';
import { loadTrust } from '../../shared/net/trust.ts';
import type { StartService } from '../../shared/runtime/service.ts';
import { createRemoteSpool } from '../../shared/spool/remote.ts';
import { readDestination } from '../../shared/spool/routes/route.ts';
import { listRoutes } from '../../shared/spool/routes/routes.ts';
import { listSources, noteBlock } from '../../shared/spool/routes/sources.ts';
import { createDns, systemAddresses } from './dns.ts';
import { createDsnWriter } from './dsn-writer.ts';
import { createObserver } from './observer.ts';
import { createOpener } from './open-host.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { ReadAhead } from './read-ahead.ts';
import { Relay } from './relay.ts';
import { byRoute } from './routing/by-route.ts';
import { misplaced } from './routing/place.ts';
import { RouteTable } from './routing/route-table.ts';
import { createSigner } from './signing/signer.ts';
import { Slots } from './slots.ts';
import { MtaSts } from './tls/mta-sts.ts';
import { createStsStore } from './tls/mta-sts-store.ts';
import { ReportSender } from './tls/report-sender.ts';
import { createTlsPolicy } from './tls/tls-policy.ts';
import { TlsResults } from './tls/tls-results.ts';
import { unknownRecipient } from './unknown-recipient.ts';

/** Outbound connections of one worker over all destinations, those that nobody answers included, each destination's first one alone. */
const MAX_OPEN_CONNECTIONS = 2_000;

export const start: StartService = async (ports, config) => {
  const { storage, accounts, metrics, tracing, bus, database, log } = ports;
  const dns = createDns(config.dnsServers);
  const spool = createRemoteSpool(database, bus);
  const ahead = new ReadAhead(storage);
  const sign = createSigner({
    keys: (domain) => signingKeys(database, domain),
    hostname: config.hostname,
    now: () => database.now(),
    metrics,
  });
  const routing = {
    dns,
    random: Math.random,
    hostname: config.hostname,
    relayHost: config.relayHost,
    relayPort: config.relayPort,
    relayHostAddresses: config.dnsServers.length > 0 ? dns.addresses : systemAddresses,
  };
  const table = new RouteTable({
    routes: () => listRoutes(database),
    sources: () => listSources(database),
    noteBlock: (...block) => noteBlock(database, ...block),
    now: () => database.now(),
    random: Math.random,
    log,
  });
  const secureContext = await loadTrust(config.relayCaFile);
  const now = () => database.now();
  const sts =
    config.mtaSts === 'on'
      ? new MtaSts({ dns, store: createStsStore(database), secureContext, port: config.mtaStsPort, now, log })
      : null;
  const results = config.tlsReports === 'on' ? new TlsResults(database, log) : null;
  const reports =
    config.tlsReports === 'on'
      ? new ReportSender({ ...ports, dns, hostname: config.hostname, secureContext })
      : null;
  const open = createOpener({
    hostname: config.hostname,
    policy: createTlsPolicy({
      dns,
      sts,
      dane: config.dane,
      now,
      failed: (policy, type, text) => results?.add({ policy, problem: { type, text }, mx: '', address: '' }),
    }),
    session: (session) => results?.add(session),
    secureContext,
    metrics,
  });
  const relay = new Relay({
    spool,
    bus,
    log,
    pollMs: config.pollMs,
    leaseMs: config.leaseMs,
    destination: {
      spool,
      fence: () => host.fence(),
      fenceLost: () => host.suspectFenced(),
      holds: (destination) => host.holds(destination),
      dsns: createDsnWriter({
        storage,
        accounts,
        hostname: config.hostname,
        spoolLifetimeMs: config.spoolLifetimeMs,
        delayDsnMs: config.delayDsnMs,
        now: () => database.now(),
        token: () => randomBytes(12).toString('hex'),
        log,
        metrics,
      }),
      unknown: unknownRecipient(accounts),
      message: (entry, upcoming) => outgoingMessage(storage, ahead, sign, entry, upcoming),
      route: (destination) => byRoute(destination, table, routing),
      placed: async (destination, entries) => {
        const elsewhere = misplaced(await table.routes(), destination, entries);
        if (elsewhere.size === 0) return entries;
        await spool.place(host.fence(), destination, elsewhere);
        return entries.filter((entry) => !elsewhere.has(entry));
      },
      blocked: async (destination, address, reply) => {
        const chosen = await table.named(readDestination(destination).route ?? '');
        return chosen ? table.blocked(chosen, address, destination, reply) : false;
      },
      open,
      slots: new Slots(MAX_OPEN_CONNECTIONS),
      connections: config.relayConnections,
      retry: config,
      now: () => database.now(),
      random: Math.random,
      tracing,
      log,
      observe: createObserver(metrics, log),
    },
    heldPartitions: () => host.heldPartitions(),
    partitionOf: (destination) => host.partitionOf(destination),
  });
  const host = createActorHost({
    kind: 'destination',
    name: config.replicaName,
    leaseMs: config.leaseMs,
    database,
    bus,
    log,
    metrics,
    acquired: (partitions) => relay.acquired(partitions),
    released: (partitions) => relay.released(partitions),
    fenced: (partitions) => relay.fenced(partitions),
  });
  const changes = await bus.subscribe(subjects.accountsChanged(), () => {
    table.changed();
    return undefined;
  });
  await host.start();
  relay.start();
  results?.start();
  reports?.start();
  metrics.gauge(
    'cartero_relay_destinations',
    'Destinations with mail under way here',
    [],
    () => relay.destinations,
  );

  let stopped: Promise<void> | undefined;
  return {
    addresses: {},
    notReady: () => host.notReady(),
    stop: (graceMs) => {
      stopped ??= (async () => {
        await changes.unsubscribe();
        await Promise.all([relay.stop(graceMs), reports?.stop()]);
        await results?.stop();
        await host.stop();
      })();
      return stopped;
    },
  };
};
