import { connect, type Socket } from 'node:net';

/** A client that costs as little as possible: one write an envelope, one a message, no timer a reply. */
export class SmtpConnection {
  readonly #socket: Socket;
  #text = '';
  #expected: { codes: string[]; resolve: () => void; reject: (error: Error) => void } | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error(`no reply within ${SILENCE_MS} ms`)));
  }

  /** Connected, greeted and, with `login`, authenticated. */
  static async open(port: number, login?: { address: string; password: string }): Promise<SmtpConnection> {
    const connection = new SmtpConnection(connect({ host: '127.0.0.1', port, noDelay: true }));
    await connection.#replies(['220']);
    connection.#socket.write('EHLO load.test\r\n');
    await connection.#replies(['250']);
    if (login !== undefined) {
      const plain = Buffer.from(`\0${login.address}\0${login.password}`).toString('base64');
      connection.#socket.write(`AUTH PLAIN ${plain}\r\n`);
      await connection.#replies(['235']);
    }
    return connection;
  }

  /** Milliseconds from the last byte of the message to its 250. Throws on any other reply. */
  async send(reversePath: string, forwardPaths: readonly string[], bytes: Buffer): Promise<number> {
    let envelope = `MAIL FROM:<${reversePath}>\r\n`;
    for (const path of forwardPaths) envelope += `RCPT TO:<${path}>\r\n`;
    this.#socket.write(`${envelope}DATA\r\n`);
    await this.#replies(['250', ...forwardPaths.map(() => '250'), '354']);
    const from = performance.now();
    if (bytes.length < COPY_BYTES) this.#socket.write(Buffer.concat([bytes, END_OF_DATA]));
    else {
      this.#socket.write(bytes);
      this.#socket.write(END_OF_DATA);
    }
    await this.#replies(['250']);
    return performance.now() - from;
  }

  close(): void {
    this.#failure ??= new Error('closed');
    this.#socket.end('QUIT\r\n');
    this.#socket.setTimeout(CLOSE_MS);
  }

  #replies(codes: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#expected = { codes, resolve, reject };
      this.#read('');
    });
  }

  #read(more: string): void {
    this.#text += more;
    const expected = this.#expected;
    if (expected === undefined) return;
    for (let end = this.#text.indexOf('\r\n'); end >= 0; end = this.#text.indexOf('\r\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (!line.startsWith(expected.codes[0] ?? '')) {
        this.#fail(new Error(`expected ${expected.codes[0]}: ${line}`));
        return;
      }
      if (line[3] === '-') continue;
      expected.codes.shift();
      if (expected.codes.length > 0) continue;
      this.#expected = undefined;
      expected.resolve();
      return;
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#expected?.reject(this.#failure);
    this.#expected = undefined;
  }
}

const SILENCE_MS = 60_000;
const CLOSE_MS = 1_000;
const COPY_BYTES = 65_536;
const END_OF_DATA = Buffer.from('.\r\n');
