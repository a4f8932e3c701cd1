/**
 * What an idle IMAP connection costs a gateway, and what it takes when a gateway is killed: connects 1,000 and then
 * 10,000 clients that log in, select INBOX and idle, and reads the resident memory of the gateway's process; then kills
 * it, has 500 of them come back through another gateway, and counts what that one asked of the mailbox actors.
 *
 *   node bench/idle-connections.ts [--connections 1000,10000] [--returning 500]
 */
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { type Cluster, startCluster } from '../scripts/cluster/cluster.ts';
import { makeAccounts } from '../scripts/soak/admin-client.ts';
import { residentKiB, rest, until } from './resident.ts';

const CONNECTIONS_AN_ACCOUNT = 50;
const AT_ONCE = 50;
/** For the collector to run, and for what is kept a while to go. Milliseconds. */
const REST_MS = 15_000;

async function idle(
  port: number,
  address: string,
  password: string,
): Promise<{ socket: Socket; exists: number }> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => {});
  await until(socket, /^\* OK /);
  socket.write(`a LOGIN ${address} ${password}\r\n`);
  await until(socket, /^a OK /m);
  socket.write('b SELECT INBOX\r\n');
  const selected = await until(socket, /^b OK /m);
  socket.write('c IDLE\r\n');
  await until(socket, /^\+ /m);
  return { socket, exists: Number(/^\* (\d+) EXISTS/m.exec(selected)?.[1]) };
}

async function connectAll(
  cluster: Cluster,
  gateway: number,
  accounts: readonly string[],
  count: number,
  from = 0,
): Promise<{ sockets: Socket[]; exists: Set<number> }> {
  const port = cluster.port('imap-gateway', 'imap', gateway);
  const sockets: Socket[] = [];
  const exists = new Set<number>();
  let next = from;
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const account = accounts[Math.floor(next++ / CONNECTIONS_AN_ACCOUNT) % accounts.length]!;
      const opened = await idle(port, account, cluster.password);
      sockets.push(opened.socket);
      exists.add(opened.exists);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { sockets, exists };
}

async function requests(cluster: Cluster): Promise<Map<string, number>> {
  const text = await (await fetch(`${cluster.process('mailbox-store').adminUrl}/metrics`)).text();
  const found = new Map<string, number>();
  for (const [, verb, value] of text.matchAll(
    /^cartero_mailbox_requests_total\{.*?verb="(\w+)".*?\} (\d+)/gm,
  ))
    found.set(verb!, (found.get(verb!) ?? 0) + Number(value));
  return found;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '1000,10000' },
      returning: { type: 'string', default: '500' },
    },
  });
  const steps = values.connections.split(',').map(Number);
  const returning = Number(values.returning);
  const most = Math.max(...steps);
  await using cluster = await startCluster({
    replicas: { 'imap-gateway': 2, 'smtp-ingress': 0, 'relay-worker': 0, 'pop3-gateway': 0 },
    settings: { MAX_CONNECTIONS: String(most + 1_000), LOG_LEVEL: 'error' },
  });
  const names = Array.from({ length: Math.ceil(most / CONNECTIONS_AN_ACCOUNT) }, (_, at) => `idle${at}`);
  const accounts = await makeAccounts(cluster, 'idle.test', names);
  const { pid } = cluster.process('imap-gateway', 0);
  const first = await connectAll(cluster, 0, accounts, 100);
  for (const socket of first.sockets) socket.destroy();
  await rest(REST_MS);
  const base = residentKiB(pid!);
  console.log(`gateway without connections: ${(base / 1024).toFixed(1)} MiB`);
  let open = 0;
  for (const step of steps) {
    await connectAll(cluster, 0, accounts, step - open, open);
    open = step;
    await rest(REST_MS);
    const resident = residentKiB(pid!);
    const each = (resident - base) / open;
    console.log(`${open} idle connections: ${(resident / 1024).toFixed(1)} MiB, ${each.toFixed(1)} KiB each`);
  }
  const before = await requests(cluster);
  await cluster.process('imap-gateway', 0).kill('SIGKILL');
  const started = performance.now();
  const { exists } = await connectAll(cluster, 1, accounts, returning);
  const took = performance.now() - started;
  const after = await requests(cluster);
  const asked = [...after].map(([verb, count]) => [verb, count - (before.get(verb) ?? 0)] as const);
  const told = asked.filter(([, count]) => count > 0).map(([verb, count]) => `${verb} ${count}`);
  console.log(
    `${returning} clients of ${Math.ceil(returning / CONNECTIONS_AN_ACCOUNT)} accounts came back in ${(took / 1000).toFixed(1)} s, each saw ${[...exists].join('/')} messages; asked of the actors: ${told.join(', ') || 'nothing'}`,
  );
}

await main();
process.exit(0);
