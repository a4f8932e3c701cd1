import { type Connection, connect } from '../../shared/net/connection.ts';
import { ConnectionClosed, type Drive, drive, type ProtocolSession } from '../../shared/net/drive.ts';
import type { ClientTls } from '../../shared/net/handshake.ts';
import { NoneReached } from '../../shared/net/happy-eyeballs.ts';
import { type ClientEvent, SmtpClient } from '../../shared/protocol/smtp/client.ts';
import type { Extensions } from '../../shared/protocol/smtp/client-extensions.ts';
import { DATA_BLOCK_TIMEOUT_MS, REPLY_TIMEOUT_MS } from '../../shared/protocol/smtp/client-timeouts.ts';
import type { ClientTransaction, Progress } from '../../shared/protocol/smtp/client-transaction.ts';
import { replyText } from '../../shared/protocol/smtp/reply-parser.ts';
import { type Condition, refusal, temporary } from './condition.ts';
import { OpenFailure } from './open-failure.ts';
import type { Host } from './route.ts';
import {
  authorityProblem,
  opportunistic,
  type Peer,
  type TlsProblem,
  type TlsRequirement,
} from './tls/requirement.ts';
import { remoteOf } from './tls/tls-policy.ts';

/** RFC 5321 says nothing of it; Postfix takes 30 s. */
export const CONNECT_TIMEOUT_MS = 30_000;
/** Bytes put out before the socket is waited for: a usual message leaves in one write with its final dot. */
const FLUSH_BYTES = 131_072;

export interface OutboundOptions {
  /** What EHLO says of us. */
  readonly hostname: string;
  /** False: not even when it is offered, as a handshake with this host has failed just now. */
  readonly startTls: boolean;
  /** What TLS has to show; without it TLS is used as it is found. */
  readonly requirement?: TlsRequirement;
  /** Whose certificates are taken; without it those that Node trusts. */
  readonly secureContext?: ClientTls['secureContext'];
  /** The times for replies are divided by it; 1 but for tests. */
  readonly haste?: number;
}

/** What came of a transaction: the replies, and what cut it short, if anything did. */
export interface Delivery {
  readonly progress: Readonly<Progress>;
  readonly lost: Condition | null;
  /** The whole message left, and no reply came: the server may have taken it. */
  readonly uncertain: boolean;
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: OpenFailure) => void;
}

/** One SMTP connection to a remote host: opened, used for one transaction after the other, quit. */
export class OutboundConnection implements ProtocolSession<ClientEvent> {
  /** With the address that answered. */
  readonly host: Host;
  /** Addresses of the host that did not. */
  readonly silent: readonly string[];
  /** `mx.example.org[192.0.2.1]` */
  readonly remote: string;
  /** Transactions begun. */
  transactions = 0;
  readonly #engine: SmtpClient;
  readonly #drive: Drive;
  readonly #options: OutboundOptions;
  readonly #requirement: TlsRequirement;
  /** What does not hold of TLS here, and does not bind us. */
  problem: TlsProblem | null = null;
  #certified = false;
  #retired = false;
  #opening: Waiter<OutboundConnection> | null = null;
  #delivering: ((delivery: Delivery) => void) | null = null;
  #body: (() => AsyncIterable<Uint8Array>) | null = null;
  #lost: Condition | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Resolves when the connection is closed. */
  readonly ended: Promise<void>;
  #end!: () => void;

  /** Connects, greets, and goes over to TLS when that is offered. Rejects with `OpenFailure`. */
  static async open(asked: Host, options: OutboundOptions): Promise<OutboundConnection> {
    const silent: string[] = [];
    const connection = await connect({
      host: asked.address,
      alternatives: asked.alternatives,
      port: asked.port,
      timeoutMs: CONNECT_TIMEOUT_MS,
      localAddress: asked.localAddress,
      tls:
        asked.tls === 'implicit'
          ? { servername: asked.name, rejectUnauthorized: false, secureContext: options.secureContext }
          : undefined,
      failed: (address) => silent.push(address),
    }).catch((error: Error) => {
      throw nobodyAnswers(asked, error);
    });
    const host = { ...asked, address: connection.remoteAddress };
    const problem = asked.tls === 'implicit' ? authorityProblem(peerOf(connection)) : null;
    if (problem) {
      connection.socket.destroy();
      const remote = remoteOf(host);
      throw new OpenFailure(temporary('4.7.5', `${remote}: ${problem.text}`, remote), { problem, silent });
    }
    const engine = new SmtpClient(options.hostname);
    return new Promise((resolve, reject) => {
      drive(
        connection,
        engine,
        (driven) => new OutboundConnection(host, silent, engine, driven, options, { resolve, reject }),
        {
          idleTimeoutMs: Number.POSITIVE_INFINITY,
        },
      );
    });
  }

  private constructor(
    host: Host,
    silent: readonly string[],
    engine: SmtpClient,
    driven: Drive,
    options: OutboundOptions,
    opening: Waiter<OutboundConnection>,
  ) {
    this.host = host;
    this.silent = silent;
    this.remote = remoteOf(host);
    this.#engine = engine;
    this.#drive = driven;
    this.#options = options;
    this.#requirement = options.requirement ?? opportunistic(host.name, host.nameVouched === true, null);
    this.#opening = opening;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#watch();
  }

  /** Ready for the next transaction. */
  get usable(): boolean {
    return this.#engine.state === 'ready' && this.#delivering === null && !this.exhausted && !this.#retired;
  }

  /** The whole message left, and the reply is due. */
  get uncertain(): boolean {
    return this.#engine.awaited === 'end-of-data';
  }

  get extensions(): Extensions {
    return this.#engine.extensions;
  }

  get secure(): boolean {
    return this.#drive.connection.secure !== null;
  }

  get localAddress(): string {
    return this.#drive.connection.localAddress;
  }

  /** RFC 8689 §4.2.1: TLS is on, its certificate is the host's, and that mail goes to this host is vouched for. */
  get verified(): boolean {
    return this.#certified && this.#requirement.nameVouched;
  }

  /** For the record: `TLSv1.3 dane`, `TLSv1.2 unverified`, `clear`. */
  get tls(): string {
    const { secure } = this.#drive.connection;
    if (secure === null) return 'clear';
    const { name } = this.#requirement;
    if (this.problem) return `${secure.protocol} ${name}: ${this.problem.type}`;
    return `${secure.protocol} ${name === 'none' ? (this.#certified ? 'verified' : 'unverified') : name}`;
  }

  /** The server takes no further transaction (RFC 9422 MAILMAX). */
  get exhausted(): boolean {
    return this.transactions >= (this.extensions.limits.mails ?? Number.POSITIVE_INFINITY);
  }

  /** Only when `usable`. Resolves always; `body` is read when the server wants the message. */
  deliver(transaction: ClientTransaction, body: () => AsyncIterable<Uint8Array>): Promise<Delivery> {
    this.transactions++;
    this.#body = body;
    return new Promise((resolve) => {
      this.#delivering = resolve;
      this.#engine.send(transaction);
      this.#drive.wake();
      this.#watch();
    });
  }

  /** Says goodbye when that is possible; resolves when the connection is closed, within seconds. */
  async quit(): Promise<void> {
    if (this.#engine.state === 'ready') {
      this.#engine.quit();
      this.#drive.wake();
      this.#watch();
    } else this.#drive.destroy();
    await this.ended;
  }

  /** It takes no further transaction. */
  retire(): void {
    this.#retired = true;
  }

  /** Drops the connection, and with it the transaction under way. */
  destroy(reply: string): void {
    this.#lose(temporary('4.3.2', reply, this.remote));
  }

  handle(event: ClientEvent): void | Promise<void> {
    switch (event.type) {
      case 'ready':
        if (!this.secure && event.extensions.startTls && this.#options.startTls) this.#engine.startTls();
        else this.#greeted();
        break;
      case 'start-tls':
        return this.#handshake();
      case 'start-tls-refused':
        this.#greeted();
        break;
      case 'authenticated':
        this.#opened();
        break;
      case 'auth-refused':
        this.#fail('4.7.8', `${this.remote} refused our log-in: ${replyText(event.reply)}`);
        break;
      case 'data-go':
        // Not awaited: the server may speak while the message is on its way.
        void this.#stream();
        break;
      case 'outcome':
        this.#finish({ progress: event.progress, lost: null, uncertain: false });
        break;
      case 'refused':
      case 'closing':
        this.#lost ??= refusal(event.reply, this.remote);
        break;
      case 'fault':
        this.#lost ??= temporary('4.5.0', `${this.remote} sent ${event.fault}`, this.remote);
        break;
    }
    this.#watch();
  }

  timedOut(): void {
    this.#expired();
  }

  closed(): void {
    // What the server said last may have come while it took nothing more from us.
    for (let event = this.#engine.next(); typeof event === 'object'; event = this.#engine.next()) {
      if (event.type !== 'data-go' && event.type !== 'start-tls') void this.handle(event);
    }
    clearTimeout(this.#timer);
    const condition =
      this.#lost ?? temporary('4.4.2', this.#lostWhile(`${this.remote} closed the connection`), this.remote);
    const { uncertain } = this;
    this.#engine.abandon();
    this.#opening?.reject(new OpenFailure(condition, { silent: [...this.silent, this.host.address] }));
    this.#opening = null;
    this.#finish({ progress: this.#engine.progress, lost: condition, uncertain });
    this.#end();
  }

  async #handshake(): Promise<void> {
    const { servername, name, binding } = this.#requirement;
    const { secureContext } = this.#options;
    try {
      await this.#drive.startTlsClient({ servername, rejectUnauthorized: false, secureContext });
    } catch (error) {
      const text = `the TLS handshake with ${this.remote} failed: ${reason(error)}`;
      this.#refuse({ type: 'validation-failure', text: reason(error) }, '4.7.5', text, !binding);
      return;
    }
    const peer = this.#peer();
    this.#certified = authorityProblem(peer) === null;
    const problem = this.#requirement.check(peer);
    if (problem && binding) {
      this.#refuse(problem, '4.7.5', `${this.remote}, by ${name}: ${problem.text}`, false);
      return;
    }
    this.problem ??= problem;
    this.#certified ||= name === 'dane' && problem === null;
    this.#engine.tlsStarted();
    this.#watch();
  }

  #peer() {
    return peerOf(this.#drive.connection);
  }

  #refuse(problem: TlsProblem, status: string, text: string, handshake: boolean): void {
    const silent = [...this.silent, this.host.address];
    const { localAddress } = this;
    const how = { handshake, problem, silent, localAddress };
    const failure = new OpenFailure(temporary(status, text, this.remote), how);
    this.#opening?.reject(failure);
    this.#opening = null;
    this.#engine.abandon();
    this.#drive.destroy();
  }

  /** Greeted, and over TLS if that was to be had. */
  #greeted(): void {
    const { name, binding } = this.#requirement;
    if (!this.secure && name !== 'none') {
      const problem: TlsProblem = { type: 'starttls-not-supported', text: 'no STARTTLS' };
      const text = `${this.remote} offers no TLS, which it must by ${name}`;
      if (binding) {
        this.#refuse(problem, '4.7.4', text, false);
        return;
      }
      this.problem ??= problem;
    }
    if (this.host.login) this.#logIn(this.host.login);
    else this.#opened();
  }

  #logIn({ username, password }: NonNullable<Host['login']>): void {
    if (!this.secure && !this.#drive.connection.loopback)
      this.#fail('4.7.11', `${this.remote} offers no TLS, without which we do not log in`);
    else if (!this.extensions.auth.includes('PLAIN'))
      this.#fail('4.7.8', `${this.remote} does not offer AUTH PLAIN, which the route needs`);
    else this.#engine.authenticate(username, password);
  }

  /** Something for the operator to mend: the mail waits for it. */
  #fail(status: string, text: string): void {
    this.#opening?.reject(new OpenFailure(temporary(status, text, this.remote), { silent: this.silent }));
    this.#opening = null;
    this.#engine.abandon();
    this.#drive.destroy();
  }

  #opened(): void {
    this.#opening?.resolve(this);
    this.#opening = null;
  }

  #finish(delivery: Delivery): void {
    const resolve = this.#delivering;
    this.#delivering = null;
    this.#body = null;
    resolve?.(delivery);
  }

  async #stream(): Promise<void> {
    try {
      let pending = 0;
      for await (const chunk of this.#body!()) {
        if (this.#engine.state !== 'data') return;
        this.#engine.data(chunk);
        pending += chunk.length;
        if (pending < FLUSH_BYTES) continue;
        pending = 0;
        this.#arm(DATA_BLOCK_TIMEOUT_MS, 'data block');
        await this.#drive.flush();
      }
      if (this.#engine.state !== 'data') return;
      this.#engine.endData();
      this.#arm(DATA_BLOCK_TIMEOUT_MS, 'end of data');
      await this.#drive.flush();
      this.#watch();
    } catch (error) {
      // A socket that is gone reports itself; what is left is that the message could not be read.
      if (this.#engine.state === 'data')
        this.#lose(temporary('4.3.0', `the message could not be read: ${reason(error)}`));
    }
  }

  /** The time for the reply that is due. It starts anew as replies come in. */
  #watch(): void {
    const awaited = this.#engine.awaited;
    if (awaited === null) {
      clearTimeout(this.#timer);
      // While the message leaves, each block has its own time.
      if (this.#engine.state === 'data') this.#arm(DATA_BLOCK_TIMEOUT_MS, 'data block');
      return;
    }
    this.#arm(REPLY_TIMEOUT_MS[awaited], awaited);
  }

  #arm(ms: number, what: string): void {
    clearTimeout(this.#timer);
    const answered = this.#engine.answered;
    this.#timer = setTimeout(
      () => {
        if (this.#engine.awaited === what && this.#engine.answered !== answered) this.#watch();
        else this.#expired();
      },
      ms / (this.#options.haste ?? 1),
    );
  }

  #expired(): void {
    this.#lose(temporary('4.4.2', this.#lostWhile(`${this.remote} timed out`), this.remote));
  }

  #lostWhile(what: string): string {
    const { awaited, state } = this.#engine;
    if (state === 'data') return `${what} in the middle of the message`;
    if (awaited === 'end-of-data')
      return `${what} before its reply to the whole message: whether it took it is not known`;
    return awaited === null
      ? what
      : `${what} before its reply to ${awaited.toUpperCase().replaceAll('-', ' ')}`;
  }

  #lose(condition: Condition): void {
    this.#lost ??= condition;
    this.#drive.destroy();
  }
}

function peerOf({ secure, peerChain: chain }: Connection): Peer {
  return { chain, authorized: secure?.authorized ?? false, unauthorized: secure?.unauthorized };
}

/** What went wrong, without addresses and paths of ours. */
function reason(error: unknown): string {
  if (error instanceof ConnectionClosed && error.cause) return reason(error.cause);
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? 'unknown';
}

function nobodyAnswers(host: Host, error: Error): OpenFailure {
  const remote = remoteOf(host);
  const failures = error instanceof NoneReached ? [...error.failures] : [];
  const [, first = error] = failures[0] ?? [];
  const others = failures.length > 1 ? ` (nor to ${failures.length - 1} other addresses of it)` : '';
  const text = `no connection to ${remote}: ${reason(first)}${others}`;
  return new OpenFailure(temporary('4.4.1', text, remote), { silent: failures.map(([address]) => address) });
}
