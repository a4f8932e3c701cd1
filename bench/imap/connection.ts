import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back for one command. */
export interface Answer {
  /** Untagged responses. */
  readonly responses: number;
  readonly bytes: number;
  /** The first untagged responses, as they came, up to some length each. */
  readonly shown: readonly string[];
}

const SHOWN = 4;
const SHOWN_BYTES = 1_000_000;

/** A client that reads as fast as it can: it looks for line ends, literals and tags, and at nothing else. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #tags = 0;
  /** Of a response that is not at its end. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#wake?.();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('close', end);
    socket.on('error', end);
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    const connection = new Connection(socket);
    await connection.#until(() => true);
    return connection;
  }

  static async logIn(port: number, account: string, password: string): Promise<Connection> {
    const connection = await Connection.open(port);
    await connection.command(`LOGIN "${account}" "${password}"`);
    return connection;
  }

  send(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  async command(line: string): Promise<Answer> {
    const tag = `t${++this.#tags}`;
    this.send(`${tag} ${line}\r\n`);
    return this.answer(tag, line);
  }

  /** Commands sent at once; their answers together. */
  async pipeline(lines: readonly string[]): Promise<Answer> {
    const tags = lines.map(() => `t${++this.#tags}`);
    this.send(lines.map((line, at) => `${tags[at]} ${line}\r\n`).join(''));
    let responses = 0;
    let bytes = 0;
    for (const [at, tag] of tags.entries()) {
      const answer = await this.answer(tag, lines[at]!);
      responses += answer.responses;
      bytes += answer.bytes;
    }
    return { responses, bytes, shown: [] };
  }

  /** Literals without waiting (LITERAL+), as both sides have it. */
  append(mailbox: string, messages: readonly Buffer[]): Promise<Answer> {
    const tag = `t${++this.#tags}`;
    const pieces: Buffer[] = [Buffer.from(`${tag} APPEND ${mailbox}`)];
    for (const message of messages) pieces.push(Buffer.from(` {${message.length}+}\r\n`), message);
    pieces.push(Buffer.from('\r\n'));
    this.send(Buffer.concat(pieces));
    return this.answer(tag, 'APPEND');
  }

  async answer(tag: string, line: string): Promise<Answer> {
    let responses = 0;
    let bytes = 0;
    const shown: string[] = [];
    let tagged = '';
    await this.#until((response, size) => {
      bytes += size;
      if (response.startsWith(`${tag} `)) {
        tagged = response;
        return true;
      }
      responses += 1;
      if (shown.length < SHOWN) shown.push(response);
      return false;
    });
    if (!tagged.startsWith(`${tag} OK`)) throw new Error(`${line.slice(0, 80)} → ${tagged}`);
    return { responses, bytes, shown };
  }

  /** POP3: a status line, and what follows it up to `.` when there is more. */
  async pop3(line: string, multiLine: boolean): Promise<number> {
    this.send(`${line}\r\n`);
    let bytes = 0;
    await this.#until((response, size) => {
      bytes += size;
      if (response.startsWith('-ERR')) throw new Error(`${line} → ${response}`);
      return multiLine ? response === '.' : true;
    }, false);
    return bytes;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Calls `each` with every response, without its line end, its literals in place, until it returns true. */
  async #until(each: (response: string, size: number) => boolean, literals = true): Promise<void> {
    for (;;) {
      let buffer = this.#rest;
      if (this.#received.length > 0) {
        buffer = Buffer.concat([this.#rest, ...this.#received]);
        this.#received = [];
      }
      let start = 0;
      let at = 0;
      let done = false;
      while (!done) {
        const lf = buffer.indexOf(10, at);
        if (lf < 0) break;
        const literal = literals && buffer[lf - 2] === 0x7d ? literalBefore(buffer, lf) : -1;
        if (literal >= 0) {
          at = lf + 1 + literal;
          if (at > buffer.length) break;
          continue;
        }
        const size = lf + 1 - start;
        done = each(buffer.toString('latin1', start, Math.min(lf - 1, start + SHOWN_BYTES)), size);
        start = lf + 1;
        at = start;
      }
      this.#rest = buffer.subarray(start);
      if (done) return;
      if (this.#received.length > 0) continue;
      if (this.#ended) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

function literalBefore(buffer: Buffer, lf: number): number {
  let value = 0;
  let scale = 1;
  let at = lf - 3;
  for (; buffer[at]! >= 0x30 && buffer[at]! <= 0x39; at -= 1) {
    value += (buffer[at]! - 0x30) * scale;
    scale *= 10;
  }
  return buffer[at] === 0x7b && scale > 1 ? value : -1;
}
