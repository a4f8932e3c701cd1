import { parseArgs } from 'node:util';
import { SETTINGS } from '../shared/runtime/config.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster/cluster.ts';
import { parseReplicas, ReplicasError } from './cluster/replicas.ts';
import { SERVICES } from './cluster/services.ts';
import { clusterState, writeState } from './cluster/state.ts';
import { clusterHints, clusterTable } from './cluster/table.ts';

const HELP = `npm run cluster -- [options]
Starts a whole cluster on this machine: Postgres, NATS, Redis and each service as a process of its own, on free ports.

  --replicas LIST   processes of a service, e.g. imap-gateway=2,mailbox-store=2 (default: one of each)
  --data DIR        keep mail, keys and logs there (default: a temporary directory, removed at the end)
  --state FILE      write addresses and pids there as JSON, and again after each change
  --supervise       start a process again when it dies
  --no-fsync        a faster Postgres, which may lose data when this machine crashes
  --json            print the state as JSON instead of a table
  --help

Services: ${SERVICES.join(', ')}. Settings in the environment (LOG_LEVEL, RELAY_HOST, …) go to every process.`;

/** Settings that the cluster chooses itself; a value from the caller's environment would put two processes in one place. */
const CHOSEN = new Set(['DATA_DIR', 'DATABASE_URL', 'NATS_URL', 'REDIS_URL', 'REPLICA_NAME']);

function readOptions(): { cluster: ClusterOptions; state?: string; json: boolean } | 'help' {
  const { values } = parseArgs({
    options: {
      replicas: { type: 'string' },
      data: { type: 'string' },
      state: { type: 'string' },
      supervise: { type: 'boolean', default: false },
      'no-fsync': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const names = SETTINGS.map((setting) => setting.name).filter(
    (name) => !CHOSEN.has(name) && !name.endsWith('_PORT'),
  );
  const settings = Object.fromEntries(
    [...names, 'RELAY_PORT'].map((name) => [name, process.env[name] ?? '']),
  );
  return {
    cluster: {
      replicas: values.replicas ? parseReplicas(values.replicas) : {},
      directory: values.data,
      fsync: !values['no-fsync'],
      supervise: values.supervise,
      settings: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== '')),
    },
    state: values.state,
    json: values.json,
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === 'help') return console.log(HELP);
  let cluster: Cluster | undefined;
  let stopped: string | undefined;
  const say = (line: string): void => (options.json ? console.error(line) : console.log(line));

  const save = (): void => {
    if (cluster && options.state) writeState(options.state, clusterState(cluster));
  };
  const stop = async (signal: string): Promise<void> => {
    if (stopped) return;
    stopped = signal;
    say(`${signal}: stopping`);
    // While it still starts, the watchdog ends what there is.
    if (!cluster) process.exit(1);
    await cluster.stop();
    save();
    say('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));

  cluster = await startCluster({
    ...options.cluster,
    onChange(event) {
      say(event);
      save();
    },
  });
  save();
  const state = clusterState(cluster);
  console.log(options.json ? JSON.stringify(state) : `${clusterTable(state)}\n\n${clusterHints(state)}`);
  say(`logs: ${cluster.directory}; Ctrl-C stops everything`);
  // Children are not waited for by Node's event loop; this keeps us here until a signal comes.
  setInterval(() => {}, 2 ** 30);
}

try {
  await main();
} catch (error) {
  const expected =
    error instanceof ReplicasError ||
    String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
  console.error(`cluster: ${(error as Error).message}`);
  process.exit(expected ? 2 : 1);
}
