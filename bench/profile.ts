import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '../scripts/servers/nats.ts';
import { startPostgres } from '../scripts/servers/postgres.ts';
import { freePort, temporaryDirectory } from '../scripts/servers.ts';
import { startSink } from '../scripts/soak/smtp-sink.ts';
import { openCounters } from './counters.ts';
import { hotFunctions, readProfiles } from './hot.ts';
import { startLoadProcess } from './load-process.ts';
import { measure } from './measure.ts';
import { startCartero } from './peers/cartero.ts';
import { rows, warmUp } from './rows.ts';

/** Where the time of one row goes: `node bench/profile.ts [row, by a part of its name] [--messages N] [--top N] [--cpu]`. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '10000' },
    top: { type: 'string', default: '25' },
    statements: { type: 'string', default: '8' },
    keep: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true },
    cpu: { type: 'boolean', default: false },
  },
});
const row = rows(false).find((one) =>
  one.name.includes(positionals[0] ?? 'end to end 4 KiB, 100 accounts, 10'),
);
if (row === undefined) throw new Error(`no row ${positionals[0]}`);
const wanted = { ...row, messages: Number(values.messages) };
const temporary = temporaryDirectory('profile');
const at = (name: string): string => join(temporary.path, name);
const monitorPort = await freePort();
const nats = await startNats({ directory: at('nats'), monitorPort });
const postgres = await startPostgres({
  directory: at('postgres'),
  fsync: true,
  settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' },
});
const sink = await startSink();
const cartero = await startCartero(
  { sinkPort: sink.port },
  {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    settings: {
      ...Object.fromEntries((values.set ?? []).map((one) => one.split(/=(.*)/s, 2) as [string, string])),
      ...(values.cpu ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${at('cpu')}` } : {}),
    },
  },
);
const peer = {
  ...cartero,
  parts: () => [...cartero.parts(), { name: 'postgres', pid: postgres.pid }, { name: 'nats', pid: nats.pid }],
};
const load = await startLoadProcess(peer.target);
const counters = await openCounters(postgres.url, `http://127.0.0.1:${monitorPort}`);
try {
  let run = 0;
  for (const one of warmUp(true)) await measure({ peer, load, sink }, one, `w${run++}`);
  await counters.reset();
  const before = await counters.read();
  const measured = await measure({ peer, load, sink }, wanted, 'r');
  const after = await counters.read();
  const each = wanted.messages * wanted.recipients;
  console.log(
    `${wanted.name}: ${measured.rate.toFixed(0)}/s, p50 ${measured.p50Ms.toFixed(2)} ms, CPU ${measured.cpuMs.toFixed(3)} ms a delivery, load ${measured.loadCpuMs.toFixed(3)}`,
  );
  for (const [name, ms] of measured.cpuMsOf) if (ms > 0.001) console.log(`  ${name} ${ms.toFixed(3)}`);
  for (const name of Object.keys(before) as (keyof typeof before)[])
    console.log(`  ${name} ${((after[name] - before[name]) / each).toFixed(3)} a delivery`);
  for (const one of await counters.statements(Number(values.statements)))
    console.log(
      `  ${(one.executionMs / each).toFixed(4)} + planning ${(one.planningMs / each).toFixed(4)} ms, ${(one.calls / each).toFixed(4)} calls, ${(one.plans / each).toFixed(4)} plans, ${(one.walBytes / each).toFixed(0)} WAL bytes: ${one.text.slice(0, 110)}`,
    );
} finally {
  await counters.close();
  await load.stop();
  await cartero.stop();
  await sink.stop();
  await nats.stop();
  await postgres.stop();
}
if (values.cpu)
  for (const [name, profile] of readProfiles(at('cpu'))) {
    const hot = hotFunctions(profile, 0.3);
    const total = hot.reduce((sum, one) => sum + one.selfMs, 0);
    if (total < 100) continue;
    console.log(`${name}: ${total.toFixed(0)} ms`);
    for (const one of hot.slice(0, Number(values.top)))
      console.log(`  ${((one.selfMs / total) * 100).toFixed(1)}% ${one.name}`);
  }
if (!values.keep) temporary.remove();
else console.log(temporary.path);
process.exit(0);
