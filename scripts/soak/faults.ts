import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import { SERVICES } from '../cluster/services.ts';
import type { Child } from '../servers/child.ts';
import { type ImapClient, openImap } from './imap-client.ts';
import type { Ledger } from './ledger.ts';
import { openSmtp } from './smtp-client.ts';

export interface Fault {
  /** `freeze`: SIGSTOP until its partitions are another's, then SIGCONT: it wakes and must write nothing. */
  readonly kind: 'kill' | 'freeze';
  readonly name: string;
  readonly child: Child;
}

/** Those whose actors another replica takes over. */
const FROZEN = ['mailbox-store', 'relay-worker'] as const;

/** `kill -9` of each kind of process in turn, then of each server; then a freeze of each owner of actors that has a second replica. */
export const allFaults = (cluster: Cluster): Fault[] => [
  ...SERVICES.map((service) => kill(cluster.process(service))),
  ...cluster.servers.map(kill),
  ...FROZEN.filter((service) => cluster.processes.filter((one) => one.service === service).length > 1).map(
    (service) => ({ kind: 'freeze' as const, name: `freeze ${service}-0`, child: cluster.process(service) }),
  ),
];

const kill = (child: Child): Fault => ({ kind: 'kill', name: `kill -9 ${child.name}`, child });

export interface Recovery {
  readonly fault: string;
  /** From the fault until the process said that it is ready again, milliseconds; after a freeze, until it was woken. */
  readonly processMs: number;
  /** From the fault until a new message went in by SMTP and out by IMAP and all processes were ready, milliseconds. */
  readonly recoveryMs: number;
}

const DOWN_MS = 300;
/** Longer than a lease (LEASE_TTL) and its take-over. */
const FROZEN_MS = 11_000;
const RECOVERY_TIMEOUT_MS = 60_000;
const TRY_AGAIN_MS = 100;

export async function inject(
  fault: Fault,
  cluster: Cluster,
  probe: { readonly account: string; readonly ledger: Ledger },
): Promise<Recovery> {
  const killed = Date.now();
  if (fault.kind === 'kill') {
    await fault.child.kill('SIGKILL');
    await sleep(DOWN_MS);
    await fault.child.start();
  } else {
    await fault.child.kill('SIGSTOP');
    await sleep(FROZEN_MS);
    await fault.child.kill('SIGCONT');
  }
  const processMs = Date.now() - killed;
  const deadline = killed + RECOVERY_TIMEOUT_MS;
  await passOne(cluster, probe.account, probe.ledger, deadline);
  await Promise.all(cluster.processes.map((process) => ready(process.adminUrl, deadline)));
  return { fault: fault.name, processMs, recoveryMs: Date.now() - killed };
}

/** Resolves when the process says that it is ready. */
export async function ready(adminUrl: string, deadline: number): Promise<void> {
  await again(`ready at ${adminUrl}`, deadline, async () => {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
  });
}

/** One message of its own through the cluster: in by SMTP, out by IMAP. */
export async function passOne(
  cluster: Cluster,
  account: string,
  ledger: Ledger,
  deadline: number,
): Promise<void> {
  const mail = await again('a message is accepted', deadline, async () => {
    const client = await openSmtp(cluster.port('smtp-ingress', 'smtp'));
    try {
      const sent = ledger.make([account], 'probe@load.test');
      await client.send(sent);
      sent.entry.accepted = true;
      return sent;
    } finally {
      client.destroy();
    }
  });
  let client: ImapClient | undefined;
  try {
    await again('the message is read', deadline, async () => {
      try {
        client ??= await openImap(cluster.port('imap-gateway', 'imap'), account, cluster.password);
        await client.select('INBOX');
        const found = await client.command(`UID SEARCH HEADER Message-ID "${mail.entry.messageId}"`);
        if (!found.some((one) => /^\* SEARCH \d/.test(one.text))) throw new Error('not there yet');
      } catch (error) {
        if ((error as Error).message !== 'not there yet') {
          client?.destroy();
          client = undefined;
        }
        throw error;
      }
    });
  } finally {
    client?.destroy();
  }
}

async function again<T>(what: string, deadline: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`in vain waited until ${what}`, { cause: error });
      await sleep(TRY_AGAIN_MS);
    }
  }
}
