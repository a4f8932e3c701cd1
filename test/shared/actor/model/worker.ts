import { parentPort, workerData } from 'node:worker_threads';
import { explore } from './explore.ts';
import type { Budget } from './world.ts';

export interface Task {
  readonly budget: Budget;
  readonly maxPaths: number;
  /** A part of the SQL and what stands there instead: a bug planted on purpose. */
  readonly plant?: readonly [from: string, to: string];
}

/** Timers of the code under test never ring: time is one of the choices. */
const never = (): NodeJS.Timeout => ({ unref() {}, ref() {} }) as unknown as NodeJS.Timeout;
globalThis.setInterval = never as unknown as typeof setInterval;
globalThis.setTimeout = never as unknown as typeof setTimeout;

const { budget, maxPaths, plant } = workerData as Task;
parentPort?.postMessage(
  await explore(budget, maxPaths, plant && ((text) => text.replace(plant[0], plant[1]))),
);
