/** A toy protocol for the driver's tests: lines in, lines out. */
import { connect as netConnect, type Socket } from 'node:net';
import { type Connection, connect } from '../../../shared/net/connection.ts';
import { type Drive, drive, type ProtocolSession } from '../../../shared/net/drive.ts';
import { type Listener, type ListenOptions, listen } from '../../../shared/net/listener.ts';
import type { Engine } from '../../../shared/protocol/engine.ts';

export interface Line {
  readonly type: 'line';
  readonly text: string;
}

export class LineEngine implements Engine<Line> {
  state = 'open';
  paused = false;
  #input = Buffer.alloc(0);
  #output: Uint8Array[] = [];
  receive(chunk: Uint8Array): void {
    this.#input = Buffer.concat([this.#input, chunk]);
  }
  next(): Line | 'need-data' | 'paused' {
    if (this.state !== 'open') return 'need-data';
    if (this.paused) return 'paused';
    const end = this.#input.indexOf('\r\n');
    if (end < 0) return 'need-data';
    const text = this.#input.subarray(0, end).toString();
    this.#input = this.#input.subarray(end + 2);
    return { type: 'line', text };
  }
  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
  get buffered(): number {
    return this.#input.length;
  }
  say(text: string): void {
    this.#output.push(Buffer.from(`${text}\r\n`));
  }
  sayBytes(bytes: Uint8Array): void {
    this.#output.push(bytes);
  }
}

/** What a test's session may do; everything else is the toy's own. */
export interface Behaviour {
  handle?(line: string, toy: Toy): void | Promise<void>;
  greet?(toy: Toy): void;
  drain?(toy: Toy): void;
  timedOut?(toy: Toy): void;
}

export class Toy implements ProtocolSession<Line> {
  readonly engine: LineEngine;
  readonly drive: Drive;
  readonly lines: string[] = [];
  readonly closings: unknown[] = [];
  readonly gone: Promise<void>;
  drain?: () => void;
  #behaviour: Behaviour;
  #gone!: () => void;
  constructor(engine: LineEngine, driven: Drive, behaviour: Behaviour) {
    this.engine = engine;
    this.drive = driven;
    this.#behaviour = behaviour;
    this.gone = new Promise((resolve) => {
      this.#gone = resolve;
    });
    if (behaviour.drain) this.drain = () => behaviour.drain?.(this);
    behaviour.greet?.(this);
  }
  handle(event: Line): void | Promise<void> {
    this.lines.push(event.text);
    if (this.#behaviour.handle) return this.#behaviour.handle(event.text, this);
    this.engine.say(`echo ${event.text}`);
  }
  timedOut(): void {
    if (this.#behaviour.timedOut) this.#behaviour.timedOut(this);
    else this.engine.say('bye idle');
  }
  closed(error?: unknown): void {
    this.closings.push(error);
    this.#gone();
  }
}

export interface ToyServer {
  readonly listener: Listener;
  readonly toys: Toy[];
  /** The toy of the n-th connection, once it is there. */
  toy(index: number): Promise<Toy>;
}

export async function serve(
  behaviour: Behaviour,
  options: Partial<ListenOptions> & { idleTimeoutMs?: number } = {},
): Promise<ToyServer> {
  const { idleTimeoutMs = 60_000, ...rest } = options;
  const toys: Toy[] = [];
  const waiting: (() => void)[] = [];
  const listener = await listen(
    { host: '127.0.0.1', port: 0, maxConnections: 100, ...rest },
    (connection) => {
      toys.push(driveToy(connection, behaviour, idleTimeoutMs));
      for (const resolve of waiting.splice(0)) resolve();
    },
  );
  return {
    listener,
    toys,
    async toy(index) {
      while (!toys[index]) await new Promise<void>((resolve) => waiting.push(resolve));
      return toys[index];
    },
  };
}

export function driveToy(connection: Connection, behaviour: Behaviour, idleTimeoutMs = 60_000): Toy {
  const engine = new LineEngine();
  let toy!: Toy;
  drive(
    connection,
    engine,
    (driven) => {
      toy = new Toy(engine, driven, behaviour);
      return toy;
    },
    { idleTimeoutMs },
  );
  return toy;
}

export const connectTo = (listener: Listener) =>
  connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5_000 });

/** A bare client: what came, and waiting for it. */
export class Peer {
  readonly socket: Socket;
  received = '';
  /** The sizes of what each read brought. */
  readonly reads: number[] = [];
  ended = false;
  closed = false;
  #waiting: (() => void)[] = [];
  constructor(socket: Socket) {
    this.socket = socket;
    const changed = () => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.reads.push(chunk.length);
      changed();
    });
    socket.on('end', () => {
      this.ended = true;
      changed();
    });
    socket.on('close', () => {
      this.closed = true;
      changed();
    });
    socket.on('error', () => {});
  }
  static async to(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Peer> {
    const socket = netConnect({ host: '127.0.0.1', port, noDelay: true, ...options });
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return peer;
  }
  send(text: string): void {
    this.socket.write(text);
  }
  async until(condition: () => boolean, what: string): Promise<void> {
    const timer = setTimeout(() => {
      this.socket.destroy(new Error(`${what} did not happen`));
    }, 10_000);
    while (!condition()) {
      if (this.closed) throw new Error(`closed before ${what}; received ${JSON.stringify(this.received)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    clearTimeout(timer);
  }
  untilText(text: string): Promise<void> {
    return this.until(() => this.received.includes(text), `receiving ${text}`);
  }
  async untilClosed(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
