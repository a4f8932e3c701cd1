import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { treeCpuMs } from './cpu.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { startCartero } from './peers/cartero.ts';
import { installPeers } from './peers/install.ts';
import type { Peer } from './peers/peer.ts';
import { startPostfixDovecot } from './peers/postfix-dovecot.ts';
import { MESSAGE_BYTES, type Row, rows } from './rows.ts';
import { type Measured, table } from './table.ts';

const ROW_TIMEOUT_MS = 180_000;
/** A one-minute load average above this, before we start, means that others use the machine. */
const QUIET_LOAD = 0.5;

async function measure(peer: Peer, row: Row): Promise<Measured> {
  const request: LoadRequest = {
    smtpPort: peer.smtpPort,
    imapPort: peer.imapPort,
    password: peer.password,
    accounts: peer.accounts.slice(0, row.accounts),
    messages: row.messages,
    connections: row.connections,
    messageBytes: MESSAGE_BYTES,
  };
  const cpu = treeCpuMs(peer.pids());
  const load = [join(import.meta.dirname, 'load.ts'), JSON.stringify(request)];
  const { stdout } = await promisify(execFile)(process.execPath, load, { timeout: ROW_TIMEOUT_MS });
  const result = JSON.parse(stdout) as LoadResult;
  const wall = row.measure === 'accept' ? result.acceptMs : result.visibleMs;
  return {
    messagesASecond: (row.messages / wall) * 1000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMs: (treeCpuMs(peer.pids()) - cpu) / row.messages,
  };
}

const version = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' }).trim();

function page(quick: boolean, rounds: number, load: readonly number[], shown: string): string {
  const shared = (load[0] ?? 0) > QUIET_LOAD ? 'the machine was shared or busy' : 'quiet';
  return `# Results

${new Date().toISOString()}; \`npm run bench${quick ? ' -- --quick' : ''}\`; medians of ${rounds} rounds, each peer in turn.
Machine: ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}; load average before: ${load.map((one) => one.toFixed(2)).join(' ')} (${shared}).
Versions: Node ${process.version}; ${version('dpkg-query', '-W', 'postfix').replace('\t', ' ')}; Dovecot ${version('dovecot', '--version')} (maildir); fsync at default on both sides.
Both run at once on this machine, the one not measured idle. CPU is that of all server processes, Postgres, NATS and Redis included, with the logins and STATUS of the check.
Not yet fair to the peer: its CPU holds one IMAP login (a process) an account a row, which weighs much on rows this short, and its rate the start of its processes, without a warm-up. Take these ratios as too high until that is settled. Messages are counted, their bytes not compared.

${shown}
`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  const load = loadavg();
  const rounds = values.quick ? 2 : 3;
  const all = rows(values.quick);
  const results = new Map<string, Measured[]>();
  installPeers();
  const peers: Peer[] = [];
  try {
    for (const start of [startCartero, startPostfixDovecot]) peers.push(await start());
    for (let round = 1; round <= rounds; round++)
      for (const peer of peers)
        for (const row of all) {
          const measured = await measure(peer, row);
          const key = `${peer.name} ${row.name}`;
          results.set(key, [...(results.get(key) ?? []), measured]);
          console.error(`${round} ${key}: ${measured.messagesASecond.toFixed(0)} msg/s`);
        }
  } finally {
    await Promise.allSettled(peers.map((peer) => peer.stop()));
  }
  const shown = table(all, results);
  console.log(shown);
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), page(values.quick, rounds, load, shown));
}

await main();
