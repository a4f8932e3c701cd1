import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BinaryMissing, type Servers, startServers } from './servers.ts';

/**
 * `npm test [-- file-or-glob … --any-node-test-option]`: one Postgres, NATS and Redis for the whole run, then
 * `node --test`. Without server binaries the suites that need them skip by name; with CI=true they fail.
 */
const ALL_TESTS = 'test/**/*.test.ts';
/** A single test's deadline: far above the slowest one, so that a hang ends the run instead of the day. */
const TEST_TIMEOUT_MS = 180_000;
/** A file that is done but does not end has no test to time out. */
const RUN_TIMEOUT_MS = 30 * 60_000;
/** Each file and each service of a cluster is a process: what one compiled, the others need not compile again. */
const COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/compile');

const given = process.argv.slice(2);
const { positionals } = parseArgs({ args: given, strict: false, allowPositionals: true });
const has = (option: string): boolean => given.some((argument) => argument.startsWith(option));

let servers: Servers | undefined;
try {
  // The tests need speed; a crash of this machine may lose their data.
  servers = await startServers({ fsync: false });
} catch (error) {
  if (!(error instanceof BinaryMissing) || process.env.CI === 'true') throw error;
  console.error(`npm test: ${error.message}; tests that need it are skipped`);
}

const options = [
  ...(has('--test-timeout') ? [] : [`--test-timeout=${TEST_TIMEOUT_MS}`]),
  ...(has('--test-concurrency') ? [] : [`--test-concurrency=${Math.max(2, availableParallelism())}`]),
];
const tests = spawn(
  process.execPath,
  ['--test', ...options, ...given, ...(positionals.length > 0 ? [] : [ALL_TESTS])],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...(servers && {
        TEST_DATABASE_URL: servers.postgres.url,
        TEST_NATS_URL: servers.nats.url,
        TEST_REDIS_URL: servers.redis.url,
      }),
    },
  },
);
// Ctrl-C reaches the tests as well: they print what they have, and we end after them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void tests.kill(signal));
const late = setTimeout(() => {
  console.error(`npm test: not done within ${RUN_TIMEOUT_MS / 60_000} minutes`);
  tests.kill('SIGINT');
}, RUN_TIMEOUT_MS);
const status = await new Promise<number>((resolve) => {
  tests.once('error', (error) => {
    console.error(error.message);
    resolve(1);
  });
  tests.once('exit', (code) => resolve(code ?? 1));
});
clearTimeout(late);
await servers?.stop();
process.exit(status);
