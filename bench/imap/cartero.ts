import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import type { ImapPeer } from './peer.ts';

const LOOK_MS = 500;

export async function startCartero(): Promise<ImapPeer> {
  const cluster = await startCluster({ fsync: true });
  try {
    const [account] = await makeAccounts(cluster, 'bench.test', ['reader']);
    return {
      target: {
        name: 'Cartero',
        imapPort: cluster.port('imap-gateway', 'imap'),
        pop3Port: cluster.port('pop3-gateway', 'pop3'),
        account: account!,
        password: cluster.password,
      },
      parts: () =>
        [...cluster.servers, ...cluster.processes]
          .filter(({ pid }) => pid > 0)
          .map(({ name, pid }) => ({ name: name.replace(/-0$/, ''), pid })),
      async settled(messages) {
        const url = `${cluster.process('mailbox-store').adminUrl}/metrics`;
        for (;;) {
          const text = await (await fetch(url)).text();
          const indexed = Number(/^cartero_search_indexed_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0);
          if (indexed >= messages) return;
          await sleep(LOOK_MS);
        }
      },
      stop: () => cluster.stop(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
