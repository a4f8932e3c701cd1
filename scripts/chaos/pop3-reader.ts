import { setTimeout as sleep } from 'node:timers/promises';
import { identify } from '../soak/ledger.ts';
import { ConnectionLost, type LineSocket, openLineSocket } from '../soak/line-socket.ts';
import { contentProblems } from './books.ts';
import type { ReaderOptions } from './imap-reader.ts';

class Pop3Refused extends Error {}

const REPLY_TIMEOUT_MS = 30_000;
const PAUSE_MS = 1_000;
const RETRY_MS = 400;
const MESSAGES_A_SESSION = 5;

/** Logs in again and again, retrieves the first few messages and deletes half of them. */
export async function pop3Reader(options: ReaderOptions): Promise<void> {
  while (!options.stopped()) {
    let socket: LineSocket | undefined;
    try {
      socket = await openLineSocket(options.port(), REPLY_TIMEOUT_MS);
      await session(socket, options);
    } catch (error) {
      if (!(error instanceof Pop3Refused || error instanceof ConnectionLost)) throw error;
      options.setback(
        `POP3 ${error instanceof Pop3Refused ? error.message.slice(0, 60) : 'connection lost'}`,
      );
      await sleep(RETRY_MS * (0.5 + Math.random()));
    } finally {
      socket?.destroy();
    }
    await sleep(PAUSE_MS);
  }
}

async function session(socket: LineSocket, options: ReaderOptions): Promise<void> {
  const { book, ledger, random } = options;
  await ok(socket);
  await command(socket, `USER ${book.address}`);
  await command(socket, `PASS ${options.password}`);
  await command(socket, 'UIDL');
  const listed = (await multiLine(socket)).toString('latin1').split('\r\n').filter(Boolean);
  for (const line of listed)
    if (book.deletedUidl.has(line.split(' ')[1] ?? ''))
      book.wrong.push(`deleted by POP3 and back: ${book.address} ${line}`);
  const marked: { readonly messageId: string; readonly uidl: string }[] = [];
  for (const line of listed.slice(0, MESSAGES_A_SESSION)) {
    const [number = '', uidl = ''] = line.split(' ');
    await command(socket, `RETR ${number}`);
    const found = identify(await multiLine(socket));
    book.wrong.push(
      ...contentProblems(book, ledger, found, `${book.address} POP3 ${uidl} ${found.messageId}`),
    );
    if (random() < 0.5) continue;
    await command(socket, `DELE ${number}`);
    marked.push({ messageId: found.messageId ?? '', uidl });
  }
  const counts = marked.map(({ messageId }) => {
    const count = book.deleted.get(messageId) ?? { acknowledged: 0, unknown: 0 };
    book.deleted.set(messageId, count);
    return count;
  });
  for (const count of counts) count.unknown++;
  await command(socket, 'QUIT');
  for (const count of counts) {
    count.unknown--;
    count.acknowledged++;
  }
  for (const { uidl } of marked) book.deletedUidl.add(uidl);
}

async function command(socket: LineSocket, line: string): Promise<void> {
  socket.write(`${line}\r\n`);
  await ok(socket);
}

async function ok(socket: LineSocket): Promise<void> {
  const line = await socket.line();
  if (!line.startsWith('+OK')) throw new Pop3Refused(line);
}

async function multiLine(socket: LineSocket): Promise<Buffer> {
  const lines: string[] = [];
  for (;;) {
    const line = await socket.line();
    if (line === '.') return Buffer.from(lines.map((one) => `${one}\r\n`).join(''), 'latin1');
    lines.push(line.startsWith('.') ? line.slice(1) : line);
  }
}
