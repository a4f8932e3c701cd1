import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

const REPLY_MS = 60_000;

/** Reads up to a line that matches; keeps nothing. */
export function until(socket: Socket, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no ${wanted} in ${text}`)), REPLY_MS);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!wanted.test(text)) return;
      clearTimeout(timer);
      socket.off('data', onData);
      resolve(text);
    };
    socket.on('data', onData);
    socket.resume();
  });
}

/** Resident memory of a process. */
export const residentKiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
