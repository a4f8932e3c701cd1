import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadAnswer, LoadRequest, LoadTarget } from './load/request.ts';

/** The load program, in a process of its own so that it shares no event loop with anything measured. */
export interface LoadProcess {
  /** Sends the request; resolves once connections are open and the row may begin. */
  prepare(request: LoadRequest): Promise<void>;
  measure(): Promise<LoadAnswer & { at: 'measured' }>;
  /** Messages that arrived as they were sent. Rejects when one is altered or doubled. */
  verify(): Promise<number>;
  stop(): Promise<void>;
}

const ANSWER_WITHIN_MS = 240_000;

export async function startLoadProcess(target: LoadTarget): Promise<LoadProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(target)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function answer<At extends LoadAnswer['at']>(at: At): Promise<LoadAnswer & { at: At }> {
    const late = setTimeout(() => child.kill('SIGKILL'), ANSWER_WITHIN_MS);
    try {
      const { value, done } = await lines.next();
      if (done) throw new Error('the load process ended');
      const parsed = JSON.parse(value) as LoadAnswer;
      if (parsed.at !== at) throw new Error(`the load process is at ${parsed.at}, not at ${at}`);
      return parsed as LoadAnswer & { at: At };
    } finally {
      clearTimeout(late);
    }
  }

  const stop = async (): Promise<void> => {
    child.stdin.end();
    const late = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(late);
  };
  try {
    await answer('ready');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async prepare(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      await answer('prepared');
    },
    measure() {
      child.stdin.write('\n');
      return answer('measured');
    },
    async verify() {
      child.stdin.write('\n');
      return (await answer('verified')).intact;
    },
    stop,
  };
}
