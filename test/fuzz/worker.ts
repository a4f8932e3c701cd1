import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { tryInput } from './targets.ts';

/** Inputs between two looks at the memory. */
const LAP = 20_000;

interface Work {
  readonly target: string;
  readonly first: number;
  readonly count: number;
  /** The seed under way, for who watches from outside. */
  readonly seed: Int32Array;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { target, first, count, seed } = workerData as Work;
for (let at = 0; at < count; at += 1) {
  Atomics.store(seed, 0, first + at);
  tryInput(target, first + at);
  if ((at + 1) % LAP > 0) continue;
  collect();
  parentPort!.postMessage({ tried: at + 1, heap: process.memoryUsage().heapUsed });
}
parentPort!.postMessage({ tried: count });
