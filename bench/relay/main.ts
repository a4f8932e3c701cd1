import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { freePort } from '../../scripts/servers.ts';
import { messagesOf } from '../load/message.ts';
import { SmtpConnection } from '../load/smtp-connection.ts';
import { cpuOf } from '../processes.ts';
import { startCartero } from './cartero.ts';
import { domainOf, type RelayPeer } from './places.ts';
import { startPostfix } from './postfix.ts';

const HELP = `npm run bench -- relay [--messages N,…] [--destinations N,…] [--rounds N] [--alone] [--set NAME=VALUE]
  --messages N,…      waiting when the relay is let go (default 5000)
  --destinations N,…  domains, each with a server of its own (default 1,10,100)
  --rounds N          how often each is measured (default 3)
  --alone             without Postfix
  --set NAME=VALUE    a setting of Cartero's
`;

const options = {
  messages: { type: 'string', default: '5000' },
  destinations: { type: 'string', default: '1,10,100' },
  rounds: { type: 'string', default: '3' },
  alone: { type: 'boolean', default: false },
  set: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} as const;

const MESSAGE_BYTES = 4_096;
const CONNECTIONS = 20;

interface SinkAnswer {
  readonly at: number;
  readonly seen: number;
  readonly repeated: number;
  readonly most: number;
}

/** The sink is a process of its own; `until` resolves when so many recipients have their mail. */
async function startSink(port: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sink.ts'), String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async until(recipients: number): Promise<SinkAnswer> {
      child.stdin.write(`${recipients}\n`);
      const { value = '' } = await lines.next();
      return JSON.parse(value) as SinkAnswer;
    },
    stop: () => child.stdin.end(),
  };
}

async function fill(peer: RelayPeer, run: string, messages: number, destinations: number): Promise<void> {
  const make = messagesOf(run, MESSAGE_BYTES);
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => SmtpConnection.open(peer.smtpPort, peer.login)),
  );
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (next < messages) {
        const number = next++;
        const to = `${run}.${number}@${domainOf(number % destinations)}`;
        await connection.send(peer.login?.address ?? 'sender@bench.test', [to], make(number, to).bytes);
      }
    }),
  );
  for (const connection of connections) connection.close();
}

/** The relay alone: from when the filled spool is let go until the sink has all of it. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return void process.stdout.write(HELP);
  const settings = Object.fromEntries(
    values.set.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
  const port = await freePort();
  const sink = await startSink(port);
  const peers: RelayPeer[] = [];
  let total = 0;
  const measure = async (peer: RelayPeer, run: string, messages: number, destinations: number) => {
    if (total > 0) peer.hold();
    await fill(peer, run, messages, destinations);
    const before = cpuOf(peer.parts());
    const began = Date.now();
    peer.letGo();
    total += messages;
    const { at, repeated, most } = await sink.until(total);
    const after = cpuOf(peer.parts());
    const cpu = [...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / messages] as const);
    const spent = cpu.filter(([, ms]) => ms >= 0.01).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
    const rate = (messages / (at - began)) * 1_000;
    return { rate, most, repeated, spent: spent.join(' ') };
  };
  try {
    peers.push(await startCartero(port, settings));
    if (!values.alone) peers.push(await startPostfix(port));
    // Brings processes and caches to what they are in service; a queue manager starts with its first message.
    for (const [i, peer] of peers.entries()) await measure(peer, `warm${i}`, 500, 10);
    for (const peer of peers) await measure(peer, `warmer-${peer.name}`, 1_000, 10);
    console.log(`load ${loadavg().map((one) => one.toFixed(1))}, ${MESSAGE_BYTES} bytes a message`);
    let run = 0;
    for (const messages of values.messages.split(',').map(Number))
      for (const destinations of values.destinations.split(',').map(Number))
        for (let round = 1; round <= Number(values.rounds); round++)
          for (const peer of peers) {
            const { rate, most, repeated, spent } = await measure(peer, `r${run++}`, messages, destinations);
            console.log(
              `${messages} messages, ${destinations} destinations, ${peer.name}: ${rate.toFixed(0)}/s, ` +
                `CPU ms ${spent}, at most ${most} connections so far, ${repeated} repeated so far`,
            );
          }
  } finally {
    for (const peer of peers)
      await peer.stop().catch((error: unknown) => console.error('stopping failed', error));
    sink.stop();
  }
}
