import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const DEADLINE_MS = 15_000;

/** A plain line client: what is written goes out as it stands, what comes back is read line by line. */
export class Pop3Client {
  #socket: Socket;
  #buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** Connects and takes the greeting. */
  static async open(port: number, options: { tls?: boolean; host?: string } = {}): Promise<Pop3Client> {
    const { host = '127.0.0.1' } = options;
    const socket = options.tls
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connectTcp({ host, port });
    const client = new Pop3Client(socket);
    client.greeting = await client.line();
    return client;
  }

  /** Logged in with USER and PASS. */
  static async logIn(port: number, name: string, password: string): Promise<Pop3Client> {
    const client = await Pop3Client.open(port);
    await client.expectOk(`USER ${name}`);
    await client.expectOk(`PASS ${password}`);
    return client;
  }

  greeting = '';

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** One line without its CRLF; rejects when the server closed, or says nothing for 15 s. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#buffer.subarray(0, end).toString('latin1');
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      if (this.#ended) throw new Error(`closed after '${this.#buffer.toString('latin1')}'`);
      await this.#more();
    }
  }

  async command(text: string): Promise<string> {
    this.write(`${text}\r\n`);
    return this.line();
  }

  async expectOk(text: string): Promise<string> {
    const reply = await this.command(text);
    if (!reply.startsWith('+OK')) throw new Error(`${text}: ${reply}`);
    return reply;
  }

  /** The lines up to the terminating dot, with dots put in taken out. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== '.'; line = await this.line()) {
      lines.push(line.startsWith('.') ? line.slice(1) : line);
    }
    return lines;
  }

  async multiLine(text: string): Promise<string[]> {
    await this.expectOk(text);
    return this.lines();
  }

  /** The message as octets. */
  async message(text: string): Promise<string> {
    const lines = await this.multiLine(text);
    return lines.map((line) => `${line}\r\n`).join('');
  }

  async startTls(): Promise<void> {
    await this.expectOk('STLS');
    this.#socket.removeAllListeners('data');
    const socket = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise((resolve, reject) =>
      socket.once('secureConnect', () => resolve(undefined)).once('error', reject),
    );
    this.#socket = socket;
    this.#listen();
  }

  /** Resolves to what still came before the server closed. */
  async untilClosed(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#buffer.toString('latin1');
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#socket.on('end', () => {
      this.#ended = true;
      this.#socket.end();
      this.#wake();
    });
  }

  async #more(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      timer = setTimeout(() => reject(new Error('the server says nothing')), DEADLINE_MS);
    });
    clearTimeout(timer);
  }
}
