import { parseArgs } from 'node:util';
import { table } from './cluster/table.ts';
import { type RollingRestartReport, rollingRestart } from './rolling-restart/rolling-restart.ts';

const HELP = `npm run rolling-restart -- [options]
Starts a cluster and restarts each of its processes in turn with SIGTERM, as a new release would, while mail flows at a steady
rate. Prints how long each took to go and to come, the longest pause between two 250s, and the slowest delivery; then
checks that every message that got its 250 is in its mailbox exactly once. Ends with 1 when a message was lost or doubled, a recipient
refused for good, or a delivery took longer than 2 s.

  --replicas N      of each service (2)
  --accounts N      (20)
  --connections N   SMTP connections at once (8)
  --rate N          messages a second (40)
  --window-ms N     how long mail flows around one restart (6000)
  --help`;

const { values } = parseArgs({
  options: {
    replicas: { type: 'string', default: '2' },
    accounts: { type: 'string', default: '20' },
    connections: { type: 'string', default: '8' },
    rate: { type: 'string', default: '40' },
    'window-ms': { type: 'string', default: '6000' },
    help: { type: 'boolean', default: false },
  },
});

/** Promised: no delivery is delayed by more. */
const SLOWEST_MS = 2_000;

function positive(name: 'replicas' | 'accounts' | 'connections' | 'rate' | 'window-ms'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`rolling-restart: --${name} wants a whole number above 0`);
  process.exit(2);
}

function problems(report: RollingRestartReport): string[] {
  const found = Object.entries(report.findings).flatMap(([kind, all]: [string, string[]]) =>
    all.map((one) => `${kind}: ${one}`),
  );
  for (const text of report.setbacks.keys())
    if (/: 5\d\d /.test(text)) found.push(`refused for good: ${text}`);
  for (const { process, slowestMs } of report.restarts)
    if (slowestMs > SLOWEST_MS) found.push(`${process}: a delivery took ${slowestMs} ms`);
  return found;
}

if (values.help) {
  console.log(HELP);
} else {
  const report = await rollingRestart({
    replicas: positive('replicas'),
    accounts: positive('accounts'),
    connections: positive('connections'),
    rate: positive('rate'),
    windowMs: positive('window-ms'),
    onProgress: (line) => console.log(line),
  });
  const head = ['process', 'gone ms', 'ready ms', 'longest pause ms', 'slowest delivery ms'];
  const rows = report.restarts.map((one) => [
    one.process,
    ...[one.drainMs, one.startMs, one.pauseMs, one.slowestMs].map(String),
  ]);
  console.log(`\n${table([head, ...rows])}\n`);
  for (const [text, count] of report.setbacks) console.log(`tried again ${count} times: ${text}`);
  const { told, cut } = report.idlers;
  console.log(
    `accepted ${report.accepted}, delivered ${report.delivered}; IMAP clients told BYE ${told}, cut off ${cut}`,
  );
  const found = problems(report);
  for (const line of found) console.error(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
