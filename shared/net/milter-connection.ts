/** A connection to one mail filter (milter); what is said over it is in `shared/protocol/milter`. */
import { connect, type Socket } from 'node:net';
import { MilterClient, type MilterStep, type MilterVerdict } from '../protocol/milter/client.ts';

/** Where a filter listens. */
export type MilterAddress =
  | { readonly host: string; readonly port: number }
  /** A socket of the file system. */
  | { readonly path: string };

/** The filter cannot be asked: it is away, too slow, or does not speak the protocol. */
export class MilterUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MilterUnavailable';
  }
}

interface Waiter {
  resolve(verdict: MilterVerdict | 'negotiated'): void;
  reject(error: Error): void;
}

/** One question at a time; each has `timeoutMs` to be answered. After a failure every further one fails. */
export class MilterConnection {
  readonly client = new MilterClient();
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #waiter: Waiter | undefined;
  #drained: (() => void) | undefined;
  #failure: MilterUnavailable | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained?.());
    socket.on('error', (error) => this.#fail('the connection to the filter failed', error));
    socket.on('close', () => this.#fail('the filter closed the connection'));
  }

  /** Connects and agrees on what is asked. @throws MilterUnavailable within twice `timeoutMs` */
  static async open(address: MilterAddress, timeoutMs: number): Promise<MilterConnection> {
    const socket = await opened(address, timeoutMs);
    const connection = new MilterConnection(socket, timeoutMs);
    await connection.#ask(connection.client.negotiate());
    return connection;
  }

  /** True once nothing can be asked over it any more. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Says `packet` for a step that the filter wants to hear of; its verdict, `continue` where it gives none.
   * @throws MilterUnavailable
   */
  async step(step: MilterStep, packet: () => Buffer): Promise<MilterVerdict> {
    if (!this.client.wants(step)) return CONTINUE;
    if (this.client.answers(step)) return this.#verdict(packet());
    await this.send(packet());
    return CONTINUE;
  }

  /** The end of the message; what it changes is in `client.changes` then. @throws MilterUnavailable */
  endOfMessage(): Promise<MilterVerdict> {
    return this.#verdict(this.client.endOfMessage());
  }

  /** What is not answered. Resolves when more may be sent. @throws MilterUnavailable */
  async send(packet: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#socket.write(packet)) return;
    await this.#within(
      new Promise<void>((resolve) => {
        this.#drained = resolve;
      }),
    );
  }

  /** Says goodbye. Idempotent, never throws. */
  close(): void {
    if (this.#failure === undefined) this.#socket.end(this.client.quit());
    this.#failure ??= new MilterUnavailable('closed');
    this.#socket.setTimeout(this.#timeoutMs, () => this.#socket.destroy());
  }

  async #verdict(packet: Buffer): Promise<MilterVerdict> {
    const verdict = await this.#ask(packet);
    if (verdict === 'negotiated') throw new MilterUnavailable('the filter negotiates in the middle');
    return verdict;
  }

  #ask(packet: Buffer): Promise<MilterVerdict | 'negotiated'> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answer = new Promise<MilterVerdict | 'negotiated'>((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
    this.#socket.write(packet);
    return this.#within(answer);
  }

  /** At most `timeoutMs`, and not past a failure. */
  async #within<T>(work: Promise<T>): Promise<T> {
    const late = (): void => this.#fail(`no answer from the filter within ${this.#timeoutMs} ms`);
    const timer = setTimeout(late, this.#timeoutMs);
    const failed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    try {
      return await Promise.race([work, failed]);
    } finally {
      clearTimeout(timer);
      this.#reject = undefined;
    }
  }

  #reject: ((error: Error) => void) | undefined;

  #receive(chunk: Buffer): void {
    try {
      for (const verdict of this.client.receive(chunk)) {
        const waiter = this.#waiter;
        this.#waiter = undefined;
        // A verdict on what asks for none: which question the next one answers could not be told.
        if (waiter === undefined) throw new MilterUnavailable('the filter answers what was not asked');
        waiter.resolve(verdict);
      }
    } catch (error) {
      this.#fail('the filter does not keep to the protocol', error);
    }
  }

  #fail(message: string, cause?: unknown): void {
    this.#failure ??= new MilterUnavailable(message, cause);
    this.#socket.destroy();
    this.#reject?.(this.#failure);
  }
}

const CONTINUE: MilterVerdict = { kind: 'continue' };

function opened(address: MilterAddress, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = 'path' in address ? connect(address.path) : connect({ ...address, noDelay: true });
    const timer = setTimeout(() => give(), timeoutMs);
    const give = (cause?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new MilterUnavailable(`no connection to the filter at ${nameOf(address)}`, cause));
    };
    socket.once('error', give);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', give);
      resolve(socket);
    });
  });
}

export function nameOf(address: MilterAddress): string {
  return 'path' in address ? `unix:${address.path}` : `inet:${address.host}:${address.port}`;
}

/** `inet:host:port`, `inet:[::1]:port`, `unix:/path`; undefined: neither. */
export function readMilterAddress(text: string): MilterAddress | undefined {
  const path = /^unix:(\/.{1,100})$/.exec(text)?.[1];
  if (path !== undefined) return { path };
  const inet = /^inet:(?:\[([0-9a-f:.]{2,45})\]|([A-Za-z0-9_.-]{1,253})):(\d{1,5})$/i.exec(text);
  const port = Number(inet?.[3]);
  const host = inet?.[1] ?? inet?.[2];
  return host !== undefined && port > 0 && port <= 65_535 ? { host, port } : undefined;
}
