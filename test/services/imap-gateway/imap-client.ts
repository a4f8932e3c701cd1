import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came before a tagged response, and that response; each with its literals in place, as latin1. */
export interface Answer {
  readonly untagged: readonly string[];
  readonly tagged: string;
}

const DEADLINE_MS = 20_000;

/** A client that shows what it is sent as it is, with no opinion about it. */
export class ImapClient {
  readonly socket: Socket;
  greeting = '';
  #tags = 0;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  static async connect(port: number): Promise<ImapClient> {
    const client = new ImapClient(connect({ host: '127.0.0.1', port, noDelay: true }));
    await once(client.socket, 'connect');
    client.greeting = await client.response();
    return client;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** One whole response with its literals, without the last CRLF; '' at the end of the connection. */
  async response(): Promise<string> {
    const until = Date.now() + DEADLINE_MS;
    for (;;) {
      const end = responseEnd(this.#received);
      if (end > 0) {
        const text = this.#received.toString('latin1', 0, end - 2);
        this.#received = this.#received.subarray(end);
        return text;
      }
      if (this.#ended) return '';
      assert.ok(
        Date.now() < until,
        `no response; so far: ${this.#received.toString('latin1').slice(0, 500)}`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, DEADLINE_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  /** Reads up to the response with this tag; a continuation request or the connection's end ends it too. */
  async until(tag: string): Promise<Answer> {
    const untagged: string[] = [];
    for (;;) {
      const response = await this.response();
      if (response === '' || response.startsWith('+') || response.startsWith(`${tag} `))
        return {
          untagged,
          tagged: response.startsWith(`${tag} `) ? response.slice(tag.length + 1) : response,
        };
      untagged.push(response);
    }
  }

  command(line: string | Buffer): Promise<Answer> {
    this.#tags += 1;
    const tag = `t${this.#tags}`;
    this.send(
      Buffer.concat([Buffer.from(`${tag} `), Buffer.from(line as string, 'latin1'), Buffer.from('\r\n')]),
    );
    return this.until(tag);
  }

  /** The untagged responses of a command that must succeed. */
  async ok(line: string | Buffer): Promise<readonly string[]> {
    const { untagged, tagged } = await this.command(line);
    assert.match(tagged, /^OK /, `${line} → ${tagged}`);
    return untagged;
  }

  async tagged(line: string | Buffer): Promise<string> {
    return (await this.command(line)).tagged;
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

/** Where the first whole response ends, its literals included; 0: it has not all come. */
function responseEnd(bytes: Buffer): number {
  let from = 0;
  for (;;) {
    const lf = bytes.indexOf(0x0a, from);
    if (lf < 0) return 0;
    const line = bytes.toString('latin1', Math.max(from, lf - 24), lf);
    const literal = /\{(\d+)\}\r$/.exec(line);
    if (literal === null) return lf + 1;
    from = lf + 1 + Number(literal[1]);
    if (from > bytes.length) return 0;
  }
}
