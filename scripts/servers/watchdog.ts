import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * A small shell process in a session of its own, which ends our children and removes our temporary
 * directories when this process dies without having done so, even by SIGKILL.
 */
let watchdog: ChildProcess | undefined;

function tell(line: string): void {
  if (!watchdog || watchdog.exitCode !== null) {
    const script = fileURLToPath(new URL('./watchdog.sh', import.meta.url));
    watchdog = spawn('/bin/sh', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    watchdog.unref();
    watchdog.stdin?.on('error', () => {});
    (watchdog.stdin as unknown as { unref(): void }).unref();
  }
  watchdog.stdin?.write(`${line}\n`);
}

export const holdProcess = (pid: number, signal: NodeJS.Signals): void =>
  tell(`hold ${pid} ${signal.slice('SIG'.length)}`);
export const releaseProcess = (pid: number): void => tell(`release ${pid}`);
export const removeAtEnd = (directory: string): void => tell(`remove ${directory}`);
export const keepAtEnd = (directory: string): void => tell(`keep ${directory}`);
