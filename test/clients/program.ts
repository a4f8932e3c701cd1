import { spawn } from 'node:child_process';
import { BinaryMissing, findBinary } from '../../scripts/servers/binary.ts';

const DEADLINE_MS = 60_000;

export interface Run {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The reason to skip, or false. With CI=true a missing program is an error: CI must not pass by skipping. */
export function missingProgram(...names: string[]): string | false {
  const absent = names.filter((name) => !installed(name));
  if (absent.length === 0) return false;
  const reason = `needs ${absent.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(`${reason}, and CI must not skip`);
  return reason;
}

function installed(name: string): boolean {
  try {
    return findBinary(name) !== '';
  } catch (error) {
    if (error instanceof BinaryMissing) return false;
    throw error;
  }
}

/** Runs a program to its end: what it wrote to standard output. Rejects with all it said unless its status is 0. */
export function runProgram(command: string, args: readonly string[], options: Run = {}): Promise<Buffer> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) return resolve(Buffer.concat(out));
      const said = Buffer.concat([...out, ...err]).toString();
      reject(new Error(`${command} ended with ${signal ?? status}: ${said.slice(-2_000)}`));
    });
  });
}
