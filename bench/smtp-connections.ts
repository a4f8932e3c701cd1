/**
 * What connections that do nothing, or next to nothing, cost smtp-ingress: 1,000 and then 10,000 that said EHLO and wait, and
 * as many that send a message at one byte a second. Reads the resident memory of the process; between the two it must come back.
 *
 *   node bench/smtp-connections.ts [--connections 1000,10000] [--seconds 20]
 */
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { startCluster } from '../scripts/cluster/cluster.ts';
import { makeAccounts } from '../scripts/soak/admin-client.ts';
import { residentKiB, rest, until } from './resident.ts';

const AT_ONCE = 50;
/** For the collector to run, and for what is kept a while to go. Milliseconds. */
const REST_MS = 15_000;

type Begin = (socket: Socket) => Promise<void>;

async function hello(socket: Socket): Promise<void> {
  await until(socket, /^220 /);
  socket.write('EHLO c.test\r\n');
  await until(socket, /^250 /m);
}

/** Up to the middle of a message's header. */
async function message(socket: Socket): Promise<void> {
  await hello(socket);
  socket.write('MAIL FROM:<a@c.test>\r\nRCPT TO:<slow@slow.test>\r\nDATA\r\n');
  await until(socket, /^354 /m);
  socket.write('Subject: ');
}

async function connectAll(port: number, count: number, begin: Begin): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.on('error', () => {});
      await begin(socket);
      sockets.push(socket);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return sockets;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '1000,10000' },
      seconds: { type: 'string', default: '20' },
    },
  });
  const steps = values.connections.split(',').map(Number);
  await using cluster = await startCluster({
    replicas: { 'imap-gateway': 0, 'relay-worker': 0, 'pop3-gateway': 0 },
    settings: { MAX_CONNECTIONS: String(Math.max(...steps) + 1_000), LOG_LEVEL: 'error' },
  });
  await makeAccounts(cluster, 'slow.test', ['slow']);
  const pid = cluster.process('smtp-ingress').pid!;
  const port = cluster.port('smtp-ingress', 'smtp');
  const tell = (what: string, count: number, base: number): void => {
    const resident = residentKiB(pid);
    const each = (resident - base) / count;
    console.log(`${count} ${what}: ${(resident / 1024).toFixed(1)} MiB, ${each.toFixed(1)} KiB each`);
  };
  for (const [what, begin, slow] of [
    ['idle after EHLO', hello, false],
    ['sending one byte a second', message, true],
  ] as const) {
    for (const socket of await connectAll(port, 100, begin)) socket.destroy();
    await rest(REST_MS);
    const base = residentKiB(pid);
    console.log(`smtp-ingress without connections: ${(base / 1024).toFixed(1)} MiB`);
    const sockets: Socket[] = [];
    for (const step of steps) {
      sockets.push(...(await connectAll(port, step - sockets.length, begin)));
      for (let second = 0; slow && second < Number(values.seconds); second++) {
        for (const socket of sockets) socket.write('x');
        await rest(1_000);
      }
      if (!slow) await rest(REST_MS);
      tell(what, sockets.length, base);
    }
    const closed = sockets.filter((socket) => socket.destroyed || socket.readyState !== 'open').length;
    if (closed > 0) console.log(`${closed} of them were closed by then`);
    for (const socket of sockets) socket.destroy();
    await rest(REST_MS);
  }
}

await main();
process.exit(0);
