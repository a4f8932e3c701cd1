import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { installPeers } from '../peers/install.ts';
import { cpuOf, peaksOf, resetPeaks } from '../processes.ts';
import { startCartero } from './cartero.ts';
import type { ClientRequest, RowAnswer } from './client.ts';
import { startDovecot } from './dovecot.ts';
import type { ImapPeer } from './peer.ts';

const HELP = `npm run bench -- imap [--messages N] [--only TEXT] [--alone] [--under COMMAND] [--no-write]
  --messages N     of the mailbox (default 100000)
  --only TEXT      rows whose name holds the text
  --alone          without Dovecot
  --under COMMAND  runs the measuring client, not the filling, under this command
  --no-write       leave bench/IMAP.md as it is
`;

const options = {
  messages: { type: 'string', default: '100000' },
  only: { type: 'string', default: '' },
  alone: { type: 'boolean', default: false },
  under: { type: 'string', default: '' },
  'no-write': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The client in a process of its own, so that it shares no event loop with anything measured. */
async function client(request: ClientRequest, under = ''): Promise<RowAnswer[]> {
  const words = [
    ...under.split(' ').filter(Boolean),
    process.execPath,
    join(import.meta.dirname, 'client.ts'),
  ];
  const child = spawn(words[0]!, [...words.slice(1), JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const answers: RowAnswer[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const answer = JSON.parse(line) as RowAnswer;
    answers.push(answer);
    console.error(
      `${answer.row} · ${answer.target}: ${answer.ms.map((ms) => ms.toFixed(1)).join(', ')} ms (${answer.check})`,
    );
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the client ended with ${code}`);
  return answers;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

function table(answers: readonly RowAnswer[], targets: readonly string[]): string {
  const rows = [...new Set(answers.map(({ row }) => row))];
  const of = (row: string, target: string): RowAnswer | undefined =>
    answers.find((answer) => answer.row === row && answer.target === target);
  const others = targets.slice(1);
  const lines = [
    `| row | ${targets.map((name) => `${name}, ms`).join(' | ')} |${others.map((name) => ` × ${name} |`).join('')}`,
    `|---|${targets.map(() => '---|').join('')}${others.map(() => '---|').join('')}`,
  ];
  for (const row of rows) {
    const ms = targets.map((target) => median(of(row, target)?.ms ?? []));
    const checks = new Set(targets.map((target) => of(row, target)?.check));
    const differs = checks.size > 1 ? ` (results differ: ${[...checks].join(', ')})` : '';
    lines.push(
      `| ${row}${differs} | ${ms.map((one) => one.toFixed(one < 100 ? 1 : 0)).join(' | ')} |${others
        .map((_, at) => ` ${(ms[at + 1]! / ms[0]!).toFixed(2)} |`)
        .join('')}`,
    );
  }
  return lines.join('\n');
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return void process.stdout.write(HELP);
  const messages = Number(values.messages);
  const load = loadavg();
  const peers: ImapPeer[] = [];
  let text: string;
  try {
    peers.push(await startCartero());
    if (!values.alone) {
      installPeers();
      for (const format of ['maildir', 'sdbox'] as const) peers.push(await startDovecot(format));
    }
    const targets = peers.map(({ target }) => target);
    const filled = await client({ targets, messages, fill: true });
    const started = performance.now();
    const before = cpuOf(peers[0]!.parts());
    for (const peer of peers) await peer.settled(messages);
    console.error(`settled after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    for (const peer of peers) resetPeaks(peer.parts());
    const measured = await client({ targets, messages, only: values.only }, values.under);
    const after = cpuOf(peers[0]!.parts());
    const shownCpu = [...after].map(
      ([name, ms]) => `${name} ${((ms - (before.get(name) ?? 0)) / 1000).toFixed(1)} s`,
    );
    const peaks = peers.map(
      ({ target, parts }) =>
        `${target.name}: ${[...peaksOf(parts())].map(([name, mib]) => `${name} ${mib.toFixed(0)} MiB`).join(', ')}`,
    );
    text = `# IMAP on a mailbox of ${messages} messages

${new Date().toISOString()}; \`npm run bench -- imap ${args.join(' ')}\`; ${cpus().length} × ${cpus()[0]?.model}; load average before: ${load.map((one) => one.toFixed(2)).join(' ')}.
The same messages on every side, filled by APPEND; medians of up to three times, each server in turn. The factor is how much longer Dovecot takes.

${table(
  [...filled, ...measured],
  targets.map(({ name }) => name),
)}

Peak resident memory while the rows ran: ${peaks.join('; ')}.
CPU of Cartero from the last APPEND on: ${shownCpu.join(', ')}.
`;
  } finally {
    for (const peer of peers.reverse())
      await peer.stop().catch((error: unknown) => console.error('stopping failed', error));
  }
  console.log(text);
  if (!values['no-write']) writeFileSync(join(import.meta.dirname, '..', `IMAP-${messages}.md`), text);
}
