import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How long a transcript waits for a line before it fails. */
const LINE_MS = 10_000;

/** A client of one connection: octets as latin1, lines end in CRLF. */
export class Peer {
  #socket: Socket;
  #received = '';
  #closed = false;
  #arrived: () => void = () => {};

  constructor(host: string, port: number) {
    this.#socket = this.#listen(connect({ host, port, noDelay: true }));
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** The next line without its CRLF; undefined: the connection was closed. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n');
      if (end >= 0) return this.#take(end);
      if (this.#closed) return undefined;
      await this.#more();
    }
  }

  /** Shakes hands; any certificate will do. */
  async startTls(): Promise<void> {
    if (this.#received !== '') throw new Error(`before the handshake came ${JSON.stringify(this.#received)}`);
    this.#socket.removeAllListeners();
    const secured = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', reject);
    });
    this.#socket = this.#listen(secured);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(end: number): string {
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 2);
    return line;
  }

  #listen(socket: Socket): Socket {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#arrived();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#arrived();
    });
    return socket;
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no line within ${LINE_MS} ms`)), LINE_MS);
      this.#arrived = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
