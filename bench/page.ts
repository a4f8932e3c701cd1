import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import type { Row } from './rows.ts';
import { cpuTable, delayTable, partsTable, type Results, rateTable } from './table.ts';

export interface RunFacts {
  readonly command: string;
  readonly rounds: number;
  readonly began: Date;
  /** Load averages before the first row. */
  readonly load: readonly number[];
}

/** A one-minute load average above this, before we start, means that others use the machine. */
const QUIET_LOAD = 0.5;

const version = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' }).trim().replace('\t', ' ');

/** bench/RESULTS.md. Rows that we lose stay in. */
export function page(facts: RunFacts, rows: readonly Row[], results: Results, ours: string): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  const shared = (facts.load[0] ?? 0) > QUIET_LOAD ? 'others may have used the machine' : 'quiet';
  const through = rows.find((row) => row.measure === 'visible' && row.accounts > 1);
  const large = rows.find((row) => row.messageBytes >= 2 ** 24);
  return `# Results

\`${facts.command}\`, ${facts.began.toISOString()}; medians of ${facts.rounds} rounds, each row of all peers in turn (A B C A B C).
Machine: ${machine}; load average before: ${facts.load.map((one) => one.toFixed(2)).join(' ')} (${shared}).
Versions: Node ${process.version}; ${version('postgres', '--version')}; ${version('dpkg-query', '-W', 'postfix')}; Dovecot ${version('dovecot', '--version')}. fsync at default (on) everywhere.

All peers run at once on this machine, those not measured idle; each was warmed up. IMAP sessions and SMTP connections are open before a row begins. Every
message was compared after its row: there once, and byte for byte what was sent (SHA-256), behind the trace fields of the server.

${rateTable(rows, results, ours)}

${delayTable(rows, results)}

CPU is that of all processes of a server, Postgres, NATS and Redis included, from the first byte until the last message was counted by IMAP (or
relayed), so the delivery is in it for the accept rows too; about one STATUS an account is in it.

${cpuTable(rows, results)}

${through === undefined ? '' : partsTable(through, results, 'CPU ms by part', (one) => one.cpuMsOf)}

${large === undefined ? '' : partsTable(large, results, 'peak MiB of the largest process', (one) => one.peakMib)}
`;
}
