import { spawn } from 'node:child_process';

const DEADLINE_MS = 30_000;

/**
 * Types lines into `telnet 127.0.0.1 <port>` as a person would: the next one when the last was answered.
 * Resolves to the reply to each (its last line), the greeting first. Lines after `data` up to the dot get no reply.
 */
export function typeIntoTelnet(port: number, typed: readonly string[]): Promise<string[]> {
  const child = spawn('telnet', ['127.0.0.1', String(port)], { timeout: DEADLINE_MS, killSignal: 'SIGKILL' });
  const replies: string[] = [];
  let unread = '';
  let at = 0;
  let inData = false;

  const typeOn = (): void => {
    for (; at < typed.length; at++) {
      const line = typed[at]!;
      child.stdin.write(`${line}\n`);
      if (inData && line !== '.') continue;
      inData = line.toLowerCase() === 'data';
      at++;
      return;
    }
  };
  child.stdout.on('data', (chunk: Buffer) => {
    unread += chunk.toString('latin1');
    for (let end = unread.indexOf('\n'); end >= 0; end = unread.indexOf('\n')) {
      const line = unread.slice(0, end).trimEnd();
      unread = unread.slice(end + 1);
      if (!/^\d{3} /.test(line)) continue;
      replies.push(line);
      typeOn();
    }
  });
  child.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_status, signal) => {
      if (signal === null) resolve(replies);
      else reject(new Error(`telnet ended with ${signal} after ${replies.join(' / ')}`));
    });
  });
}
