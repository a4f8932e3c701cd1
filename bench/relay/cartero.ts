import { startCluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { startDnsServer } from '../../test/dns-server.ts';
import { addressOf, domainOf, MAX_DESTINATIONS, type RelayPeer } from './places.ts';

/** A cluster of one process each, with a DNS of the bench's own. */
export async function startCartero(
  sinkPort: number,
  settings: Readonly<Record<string, string>>,
): Promise<RelayPeer> {
  const dns = await startDnsServer();
  for (let i = 0; i < MAX_DESTINATIONS; i++) {
    dns.zone[domainOf(i)] = { mx: [[10, `mx.${domainOf(i)}`]], ttl: 3_600 };
    dns.zone[`mx.${domainOf(i)}`] = { a: [addressOf(i)], ttl: 3_600 };
  }
  const cluster = await startCluster({
    fsync: true,
    replicas: { 'imap-gateway': 0, 'pop3-gateway': 0, webmail: 0 },
    settings: {
      DNS_SERVERS: dns.address,
      RELAY_PORT: String(sinkPort),
      // The worker is stopped by a signal while the spool is filled.
      LEASE_TTL: '10m',
      SUBMITTER_MESSAGES: '10000000',
      SUBMITTER_RECIPIENTS: '10000000',
      MESSAGE_RATE: '10000000',
      FROM_OWNERSHIP: 'reverse-path',
      LOG_LEVEL: 'warn',
      ...settings,
    },
  });
  const [address = ''] = await makeAccounts(cluster, 'bench.test', ['sender']);
  const worker = () => cluster.process('relay-worker').pid;
  return {
    name: 'Cartero',
    smtpPort: cluster.port('smtp-ingress', 'submission'),
    login: { address, password: cluster.password },
    parts: () =>
      [...cluster.servers, ...cluster.processes]
        .filter(({ pid }) => pid > 0)
        .map(({ name, pid }) => ({ name: name.replace(/-0$/, ''), pid })),
    hold: () => process.kill(worker(), 'SIGSTOP'),
    letGo: () => process.kill(worker(), 'SIGCONT'),
    async stop() {
      process.kill(worker(), 'SIGCONT');
      await cluster.stop();
      await dns.stop();
    },
  };
}
