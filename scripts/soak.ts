import { parseArgs } from 'node:util';
import { parseReplicas } from './cluster/replicas.ts';
import { table } from './cluster/table.ts';
import { problems, type SoakReport, soak } from './soak/soak.ts';

const HELP = `npm run soak -- [options]
Starts a cluster, sends mail while each kind of process and each server is killed with SIGKILL in turn, and checks that
every message that got its 250 is in its mailbox exactly once, byte for byte, and that no UID repeats.

  --messages N      messages to send (2000)
  --accounts N      accounts they go to (50)
  --connections N   SMTP connections at once (20)
  --fault-ms N      how long the messages around one fault take to go out (3000)
  --replicas LIST   as in npm run cluster (mailbox-store=2,relay-worker=2); with two of these, one is also frozen
                    (SIGSTOP) until the other has taken over, then woken
  --data DIR        keep data and logs there (default: a temporary directory, removed at the end)
  --json            the report as JSON
  --help`;

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    accounts: { type: 'string', default: '50' },
    connections: { type: 'string', default: '20' },
    'fault-ms': { type: 'string', default: '3000' },
    replicas: { type: 'string', default: 'mailbox-store=2,relay-worker=2' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'messages' | 'accounts' | 'connections' | 'fault-ms'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`soak: --${name} wants a whole number above 0`);
  process.exit(2);
}

function print(report: SoakReport): void {
  const rows = report.faults.map((one) => [
    one.fault,
    String(one.processMs),
    String(one.recoveryMs),
    String(one.pauseMs),
  ]);
  console.log(`\n${table([['fault', 'process back ms', 'mail passes ms', 'longest pause ms'], ...rows])}\n`);
  for (const [text, count] of report.setbacks) console.log(`tried again ${count} times: ${text}`);
  const { findings, relayed } = report;
  console.log(
    `\n${table([
      ['accepted (250)', String(report.accepted)],
      ['delivered, a recipient each', String(report.delivered)],
      ['expunged on the way', String(report.expunged)],
      ['lost', String(findings.lost.length)],
      ['doubled', String(findings.doubled.length)],
      ['altered', String(findings.altered.length)],
      ['strange', String(findings.strange.length)],
      ['uid repeats', String(findings.uidRepeats.length)],
      ['relayed', `${relayed.accepted}, lost ${relayed.lost.length}, twice ${relayed.twice}`],
    ])}`,
  );
}

if (values.help) {
  console.log(HELP);
} else {
  const report = await soak({
    messages: positive('messages'),
    accounts: positive('accounts'),
    connections: positive('connections'),
    faultMs: positive('fault-ms'),
    cluster: {
      directory: values.data,
      replicas: parseReplicas(values.replicas),
      settings: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'info' },
    },
    onProgress: (line) => console.error(line),
  });
  if (values.json) console.log(JSON.stringify({ ...report, setbacks: Object.fromEntries(report.setbacks) }));
  else print(report);
  const wrong = problems(report);
  for (const line of wrong) console.error(line);
  console.error(wrong.length === 0 ? 'nothing was lost' : `${wrong.length} findings`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
