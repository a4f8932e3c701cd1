import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSink } from '../scripts/soak/smtp-sink.ts';
import { startLoadProcess } from './load-process.ts';
import { type Bench, type Measured, measure } from './measure.ts';
import { page } from './page.ts';
import { CARTERO, startCartero } from './peers/cartero.ts';
import { installPeers } from './peers/install.ts';
import type { Peer, PeerOptions } from './peers/peer.ts';
import { startPostfixDovecot } from './peers/postfix-dovecot.ts';
import { isDelay, rows, warmUp } from './rows.ts';

const HELP = `npm run bench -- [--quick] [--rounds N] [--only TEXT] [--alone] [--no-write]
  --quick     fewer messages, at most three minutes
  --rounds N  how often each row is measured (default 3; 2 with --quick)
  --only TEXT rows whose name holds the text
  --alone     without the peers
  --no-write  leave bench/RESULTS.md as it is
npm run bench -- imap --help   for large mailboxes over IMAP
npm run bench -- pop3 --help   for a large maildrop over POP3
npm run bench -- relay --help  for the relay alone, out of a filled spool
`;

const options = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  only: { type: 'string', default: '' },
  alone: { type: 'boolean', default: false },
  'no-write': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Start = (options: PeerOptions) => Promise<Peer>;

async function open(start: Start, closers: (() => Promise<void>)[]): Promise<Bench> {
  const sink = await startSink();
  closers.push(() => sink.stop());
  const peer = await start({ sinkPort: sink.port });
  closers.push(() => peer.stop());
  const load = await startLoadProcess(peer.target);
  closers.push(() => load.stop());
  return { peer, load, sink };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(HELP);
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 3));
  const wanted = rows(values.quick).filter((row) => row.name.includes(values.only));
  const facts = {
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    rounds,
    began: new Date(),
    load: loadavg(),
  };
  const starts: Start[] = [startCartero];
  if (!values.alone) {
    installPeers();
    for (const format of ['maildir', 'sdbox'] as const)
      starts.push((options) => startPostfixDovecot(format, options));
  }
  const closers: (() => Promise<void>)[] = [];
  const results = new Map<string, Map<string, Measured[]>>();
  let run = 0;
  try {
    const benches: Bench[] = [];
    for (const start of starts) benches.push(await open(start, closers));
    for (const bench of benches) {
      results.set(bench.peer.name, new Map());
      for (const row of warmUp(values.quick)) await measure(bench, row, `w${run++}`);
    }
    for (const row of wanted)
      for (let round = 1; round <= rounds; round++)
        for (const bench of benches) {
          const measured = await measure(bench, row, `r${run++}`);
          const own = results.get(bench.peer.name)!;
          own.set(row.name, [...(own.get(row.name) ?? []), measured]);
          const said = isDelay(row.measure)
            ? `${measured.p50Ms.toFixed(2)} ms`
            : `${measured.rate.toFixed(0)}/s`;
          console.error(
            `${round} ${row.name}: ${bench.peer.name} ${said}, p50 ${measured.p50Ms.toFixed(1)} ms, CPU ${measured.cpuMs.toFixed(2)} ms (${parts(measured)}), load ${measured.loadCpuMs.toFixed(2)} ms`,
          );
        }
  } finally {
    for (const close of closers.reverse())
      await close().catch((error: unknown) => console.error('stopping failed', error));
  }
  const text = page(facts, wanted, results, CARTERO);
  console.log(text);
  if (!values['no-write']) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text);
}

function parts({ cpuMsOf }: Measured): string {
  return [...cpuMsOf]
    .filter(([, ms]) => ms >= 0.01)
    .map(([name, ms]) => `${name} ${ms.toFixed(2)}`)
    .join(' ');
}

if (process.argv[2] === 'imap') await (await import('./imap/main.ts')).main(process.argv.slice(3));
else if (process.argv[2] === 'relay') await (await import('./relay/main.ts')).main(process.argv.slice(3));
else if (process.argv[2] === 'pop3') await (await import('./pop3/main.ts')).main(process.argv.slice(3));
else await main();
