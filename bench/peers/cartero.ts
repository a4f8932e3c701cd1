import { startCluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { DOMAIN, NAMES, type Peer } from './peer.ts';

export async function startCartero(): Promise<Peer> {
  const cluster = await startCluster({ fsync: true });
  try {
    const accounts = await makeAccounts(cluster, DOMAIN, NAMES);
    return {
      name: 'Cartero',
      smtpPort: cluster.port('smtp-ingress', 'smtp'),
      imapPort: cluster.port('imap-gateway', 'imap'),
      password: cluster.password,
      accounts,
      pids: () => [...cluster.processes, ...cluster.servers].flatMap(({ pid }) => (pid ? [pid] : [])),
      stop: () => cluster.stop(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
