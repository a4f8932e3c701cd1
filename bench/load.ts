import { setTimeout as sleep } from 'node:timers/promises';
import { type LineSocket, openLineSocket } from '../scripts/soak/line-socket.ts';

/** What the load process is asked: run as `node bench/load.ts '<JSON>'`; the answer is one JSON line. */
export interface LoadRequest {
  readonly smtpPort: number;
  readonly imapPort: number;
  readonly password: string;
  readonly accounts: readonly string[];
  readonly messages: number;
  readonly connections: number;
  readonly messageBytes: number;
}

export interface LoadResult {
  /** Until the last 250, and until the last message is counted by STATUS. */
  readonly acceptMs: number;
  readonly visibleMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const REPLY_TIMEOUT_MS = 30_000;
const VISIBLE_WITHIN_MS = 60_000;
const POLL_MS = 5;

async function reply(socket: LineSocket, code: string): Promise<void> {
  for (;;) {
    const line = await socket.line();
    if (!line.startsWith(code)) throw new Error(`expected ${code}: ${line}`);
    if (line[3] !== '-') return;
  }
}

async function openSmtp(port: number): Promise<LineSocket> {
  const socket = await openLineSocket(port, REPLY_TIMEOUT_MS);
  await reply(socket, '220');
  socket.write('EHLO load.test\r\n');
  await reply(socket, '250');
  return socket;
}

async function ask(socket: LineSocket, command: string): Promise<string[]> {
  socket.write(`a ${command}\r\n`);
  const lines: string[] = [];
  for (;;) {
    const line = await socket.line();
    lines.push(line);
    if (line.startsWith('a ')) {
      if (!line.startsWith('a OK')) throw new Error(`${command.split(' ')[0]}: ${line}`);
      return lines;
    }
  }
}

async function openImap(request: LoadRequest, account: string): Promise<LineSocket> {
  const socket = await openLineSocket(request.imapPort, REPLY_TIMEOUT_MS);
  await socket.line();
  await ask(socket, `LOGIN "${account}" "${request.password}"`);
  return socket;
}

async function count(socket: LineSocket): Promise<number> {
  const lines = await ask(socket, 'STATUS INBOX (MESSAGES)');
  return Number(/MESSAGES (\d+)/.exec(lines.join(' '))?.[1]);
}

function message(request: LoadRequest, number: number, to: string): string {
  const head = `From: <sender@load.test>\r\nTo: <${to}>\r\nSubject: ${number}\r\nMessage-ID: <${number}.${process.pid}@load.test>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\n`;
  const line = `${'x'.repeat(76)}\r\n`;
  return head + line.repeat(Math.ceil((request.messageBytes - head.length) / line.length));
}

async function visible(socket: LineSocket, expected: number): Promise<void> {
  const deadline = Date.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    const now = await count(socket);
    if (now === expected) return;
    if (now > expected || Date.now() > deadline) throw new Error(`${now} messages, expected ${expected}`);
    await sleep(POLL_MS);
  }
}

async function run(request: LoadRequest): Promise<LoadResult> {
  const imap = await Promise.all(request.accounts.map((account) => openImap(request, account)));
  const before = await Promise.all(imap.map(count));
  const sent = request.accounts.map(() => 0);
  const smtp = await Promise.all(
    Array.from({ length: request.connections }, () => openSmtp(request.smtpPort)),
  );
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    smtp.map(async (socket) => {
      while (next < request.messages) {
        const number = next++;
        const index = number % request.accounts.length;
        const to = request.accounts[index] ?? '';
        const body = message(request, number, to);
        socket.write(`MAIL FROM:<sender@load.test>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
        await reply(socket, '250');
        await reply(socket, '250');
        await reply(socket, '354');
        const from = performance.now();
        socket.write(`${body}.\r\n`);
        await reply(socket, '250');
        latencies.push(performance.now() - from);
        sent[index] = (sent[index] ?? 0) + 1;
      }
    }),
  );
  const acceptMs = performance.now() - start;
  await Promise.all(imap.map((socket, index) => visible(socket, (before[index] ?? 0) + (sent[index] ?? 0))));
  const visibleMs = performance.now() - start;
  for (const socket of [...smtp, ...imap]) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { acceptMs, visibleMs, p50Ms: at(0.5), p99Ms: at(0.99) };
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as LoadRequest)));
process.exit(0);
