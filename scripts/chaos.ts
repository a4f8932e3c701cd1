import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChaosReport, chaos, problems } from './chaos/chaos.ts';
import { FAULTS } from './chaos/faults.ts';
import { table } from './cluster/table.ts';
import { temporaryDirectory } from './servers.ts';

const HELP = `npm run chaos -- [options]
Starts a cluster of its own, two processes of each service, on three NATS nodes, a Postgres with a synchronous standby and
a Redis, each process on network links of its own. Mail goes in by SMTP, readers work over IMAP and POP3, and both book
outside of the cluster what they were promised. Meanwhile faults come by a plan; at the end the books are compared.

  --seed N       the plan (default: made up and printed)
  --seconds N    how long faults come (600)
  --rate N       messages a second (20)
  --only TEXT    only faults whose name contains it
  --list         the faults
  --no-fsync     a faster Postgres, which loses data only when this machine crashes
  --data DIR     keep data and logs there (default: a temporary directory, removed at the end)
  --json         the report as JSON
  --help`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '600' },
    rate: { type: 'string', default: '20' },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    'no-fsync': { type: 'boolean', default: false },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'seed' | 'seconds' | 'rate', text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`chaos: --${name} wants a whole number above 0`);
  process.exit(2);
}

/** One line a fault: how often, and the worst of each figure. */
function faultTable(report: ChaosReport): string {
  const rows = [...Map.groupBy(report.faults, (run) => run.fault)].map(([fault, runs]) => {
    const worst = (of: (run: (typeof runs)[number]) => number): string => String(Math.max(...runs.map(of)));
    return [
      fault,
      String(runs.length),
      worst((run) => run.lastedMs),
      worst((run) => run.recoveryMs),
      worst((run) => run.pauseMs),
      worst((run) => run.connectionsASecond),
    ];
  });
  const skipped = [...report.missing].map(([fault, reason]) => [fault, '0', reason]);
  const head = ['fault', 'times', 'lasted ms', 'recovery ms', 'longest pause ms', 'connections/s'];
  return table([head, ...rows, ...skipped]);
}

function print(report: ChaosReport): void {
  const { audit, relayed } = report;
  console.log(`\n${faultTable(report)}\n`);
  for (const [kind, count] of [...report.setbacks].sort((a, b) => b[1] - a[1]).slice(0, 20))
    console.log(`met ${count} times: ${kind}`);
  for (const [step, count] of report.resets) console.log(`reset by the sender after ${step}: ${count} times`);
  console.log(
    `\n${table([
      ['accepted (250)', String(audit.accepted)],
      ['delivered, a recipient each', String(audit.found)],
      ['lost', String(audit.lost.length)],
      ['doubled', String(audit.doubled.length)],
      ['acknowledged and undone', String(audit.undone.length)],
      ['altered, strange, uid not rising', String(audit.wrong.length)],
      ['twice, as the 250 did not arrive and the sender sent again', String(audit.twiceUnanswered.length)],
      ['twice, as a commit was of unknown outcome and 4xx was said', String(audit.twicePutOff.length)],
      ['relayed', `${relayed.accepted}, lost ${relayed.lost.length}, twice ${relayed.twice}`],
      ['in the spool without a reason', String(report.stuck.length)],
      ['findings of doctor --deep', String(report.doctor.length)],
    ])}`,
  );
}

if (values.help) console.log(HELP);
else if (values.list) for (const fault of FAULTS) console.log(fault.name);
else {
  const seed = positive('seed', values.seed ?? String(1 + Math.floor(Math.random() * 999_999)));
  const temporary = values.data === undefined ? temporaryDirectory('chaos') : undefined;
  const directory = resolve(values.data ?? temporary?.path ?? '.');
  mkdirSync(directory, { recursive: true });
  console.error(`seed ${seed}, in ${directory}`);
  const report = await chaos({
    seed,
    seconds: positive('seconds', values.seconds),
    rate: positive('rate', values.rate),
    only: values.only,
    directory,
    fsync: !values['no-fsync'],
    onProgress: (line) => console.error(line),
  });
  const wrong = problems(report);
  if (values.json)
    console.log(
      JSON.stringify(report, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value), 1),
    );
  else print(report);
  for (const line of wrong.slice(0, 200)) console.error(line);
  console.error(
    wrong.length === 0 ? `seed ${seed}: nothing was lost` : `seed ${seed}: ${wrong.length} findings`,
  );
  if (wrong.length === 0) temporary?.remove();
  else console.error(`data and logs are kept until this process ends: ${directory}`);
  process.exit(wrong.length === 0 ? 0 : 1);
}
