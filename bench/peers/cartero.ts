import { type ClusterOptions, startCluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { DOMAIN, NAMES, type Peer, type PeerOptions } from './peer.ts';

export const CARTERO = 'Cartero';

export async function startCartero({ sinkPort }: PeerOptions, more: ClusterOptions = {}): Promise<Peer> {
  const settings = { RELAY_HOST: `127.0.0.1:${sinkPort}`, ...more.settings };
  const cluster = await startCluster({ fsync: true, ...more, settings });
  try {
    const accounts = await makeAccounts(cluster, DOMAIN, NAMES);
    return {
      name: CARTERO,
      target: {
        smtpPort: cluster.port('smtp-ingress', 'smtp'),
        submissionPort: cluster.port('smtp-ingress', 'submission'),
        submissionLogin: true,
        imapPort: cluster.port('imap-gateway', 'imap'),
        password: cluster.password,
        accounts,
      },
      parts: () =>
        [...cluster.servers, ...cluster.processes]
          .filter(({ pid }) => pid > 0)
          .map(({ name, pid }) => ({ name: name.replace(/-0$/, ''), pid })),
      stop: () => cluster.stop(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
