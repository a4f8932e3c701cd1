import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdProcess, releaseProcess } from './watchdog.ts';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Output of every run is added to this file. */
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
  /** What a polite end is: SIGTERM, for Postgres SIGINT ("fast"). */
  readonly stopSignal: NodeJS.Signals;
  /** What the watchdog sends when this process died. */
  readonly orphanSignal: NodeJS.Signals;
  readonly stopGraceMs: number;
  readonly readyWithinMs: number;
  /** Asked again and again until true. `output`: what this run has written to the log file. */
  ready(output: () => string): Promise<boolean>;
  /** True when a run that ended before it was ready should be tried again within `readyWithinMs`. */
  startAgain?(output: string): boolean;
}

export interface Child {
  readonly name: string;
  /** 0 while it does not run. */
  readonly pid: number;
  readonly running: boolean;
  readonly logFile: string;
  /** Waits until it is ready; rejects with the end of its log. */
  start(): Promise<void>;
  /** Sends the signal; for SIGKILL also waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Polite signal, grace, SIGKILL. */
  stop(): Promise<void>;
  /** Stops when it runs, then starts at the same place. */
  restart(): Promise<void>;
  /** Called after each end of a run; `wanted`: whether we asked for it. */
  onExit(listener: (wanted: boolean) => void): void;
}

const POLL_MS = 20;
const LOG_TAIL_LINES = 25;
const KILL_WAIT_MS = 10_000;

/** A child in a process group of its own: Ctrl-C reaches us alone, and we stop children in our order. */
export function makeChild(spec: ChildSpec): Child {
  let child: ChildProcess | undefined;
  let exit: Promise<void> = Promise.resolve();
  let wanted = false;
  let logStart = 0;
  const listeners: ((wanted: boolean) => void)[] = [];

  const running = (): boolean => child !== undefined;
  const output = (): string => readFileSync(spec.logFile).subarray(logStart).toString();

  function run(): void {
    const log = openSync(spec.logFile, 'a');
    logStart = statSync(spec.logFile).size;
    wanted = false;
    const started = spawn(spec.command, spec.arguments, {
      cwd: spec.cwd,
      env: spec.env as NodeJS.ProcessEnv,
      detached: true,
      stdio: ['ignore', log, log],
      ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid }),
    });
    closeSync(log);
    child = started;
    started.unref();
    const { pid } = started;
    if (pid) holdProcess(pid, spec.orphanSignal);
    exit = new Promise((resolve) => {
      const ended = (): void => {
        if (child !== started) return;
        child = undefined;
        if (pid) releaseProcess(pid);
        resolve();
        for (const listener of listeners) listener(wanted);
      };
      started.once('exit', ended);
      started.once('error', ended);
    });
  }

  async function start(): Promise<void> {
    const deadline = Date.now() + spec.readyWithinMs;
    run();
    while (!(await spec.ready(output)) || !running()) {
      if (!running()) {
        const text = output();
        if (!(spec.startAgain?.(text) && Date.now() < deadline))
          throw failure('ended before it was ready', text);
        await sleep(POLL_MS * 5);
        run();
      }
      if (Date.now() > deadline) {
        await kill('SIGKILL');
        throw failure(`was not ready within ${spec.readyWithinMs} ms`, output());
      }
      await sleep(POLL_MS);
    }
  }

  function failure(what: string, text: string): Error {
    const tail = text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n  ');
    return new Error(`${spec.name} ${what}; the end of ${spec.logFile}:\n  ${tail}`);
  }

  async function gone(withinMs: number): Promise<boolean> {
    const ended = exit.then(() => true);
    const waiting = new AbortController();
    const late = sleep(withinMs, false, { signal: waiting.signal }).catch(() => false);
    return Promise.race([ended, late]).finally(() => waiting.abort());
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    if (signal === 'SIGKILL' || signal === spec.stopSignal) wanted = true;
    child?.kill(signal);
    if (signal === 'SIGKILL' && !(await gone(KILL_WAIT_MS))) throw new Error(`${spec.name} survives SIGKILL`);
  }

  async function stop(): Promise<void> {
    if (!running()) return;
    await kill(spec.stopSignal);
    if (!(await gone(spec.stopGraceMs))) await kill('SIGKILL');
  }

  return {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return child?.pid ?? 0;
    },
    get running() {
      return running();
    },
    start,
    kill,
    stop,
    async restart() {
      await stop();
      await start();
    },
    onExit: (listener) => void listeners.push(listener),
  };
}
