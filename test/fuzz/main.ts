import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { TARGETS, tryInput } from './targets.ts';

const HELP = `npm run fuzz -- imap|pop3|message|smtp|milter|sieve [inputs] [--seed N]
  inputs      how many (default 100000)
  --seed N    the first one (default 1); with inputs 1: try that one again
`;

/** One input that takes longer than this hangs. Milliseconds. */
const HANG_MS = 10_000;
/** What stays in memory after so many inputs as are tried between two looks. Bytes. */
const MAX_GROWTH = 16 * 1_048_576;

interface Lap {
  readonly tried: number;
  readonly heap?: number;
}

function run(target: string, first: number, count: number): Promise<string> {
  const seed = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { target, first, count, seed };
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    let last = -1;
    let settled: number | undefined;
    let grown = 0;
    const watch = setInterval(() => {
      const now = Atomics.load(seed, 0);
      // 0: the worker is not up yet, on a machine with much to do.
      if (now !== 0 && now === last) fail(new Error(`${target}, seed ${now}: no end within ${HANG_MS} ms`));
      last = now;
    }, HANG_MS);
    const end = (): void => {
      clearInterval(watch);
      void worker.terminate();
    };
    const fail = (error: Error): void => {
      end();
      reject(error);
    };
    worker.on('error', fail);
    worker.on('message', ({ tried, heap }: Lap) => {
      // The first lap warms up: code, tables, caches of charsets.
      if (heap !== undefined && settled !== undefined) grown = heap - settled;
      settled ??= heap;
      if (grown > MAX_GROWTH)
        fail(new Error(`${target}: ${grown} bytes more in memory after ${tried} inputs`));
      if (tried < count) return;
      end();
      resolve(`${target}: ${tried} inputs, no fault; ${grown} bytes more in memory than after the first lap`);
    });
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, help: { type: 'boolean', default: false } },
});
const [target = '', inputs = '100000'] = positionals;
const [first, count] = [Number(values.seed), Number(inputs)];
if (values.help || !Object.hasOwn(TARGETS, target) || !(count > 0) || !Number.isInteger(first)) {
  process.stderr.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else if (count === 1) tryInput(target, first);
else {
  const began = performance.now();
  console.log(await run(target, first, count), `in ${Math.round((performance.now() - began) / 1000)} s`);
}
