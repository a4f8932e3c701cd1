/** The bus on NATS core: no JetStream, nothing is stored. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type ConnectionOptions,
  connect,
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  headers as natsHeaders,
  type Subscription,
} from '@nats-io/transport-node';
import { decode, encode, errorText, type HandlerErrorListener } from './encoding.ts';
import { PendingRequests } from './pending-requests.ts';
import {
  type Bus,
  BusError,
  type BusFailure,
  type BusHandler,
  type BusHeaders,
  type BusSubscription,
  type Json,
  type SubscribeOptions,
} from './port.ts';

export interface NatsBusOptions {
  /** `nats://user:password@host:port`, several with commas between them; `tls://` asks for TLS. */
  readonly url: string;
  /** How NATS lists this connection: the replica's name. */
  readonly name: string;
  /** Put before every subject, so that several clusters can share a server. */
  readonly prefix?: string;
  /** How long the start waits for a server that is away, in milliseconds. */
  readonly startTimeoutMs?: number;
  /** Hears of every handler that threw, so that it is logged where it happened. */
  readonly onHandlerError?: HandlerErrorListener;
}

const START_MS = 30_000;
const DIAL_MS = 2_000;

/** A server that is back is found within a fraction of a second, and not by all replicas at once. */
const RECONNECT_MS = 200;
const RECONNECT_JITTER_MS = 300;

/** Two pings without an answer: the connection is dead though nobody closed it. */
const PING_MS = 5_000;

/** Longest wait for the server while subscribing, unsubscribing and closing. */
const SERVER_MS = 5_000;

/** Longest wait for handlers under way when a subscription ends. */
const HANDLERS_MS = 15_000;

/** Names the failure in a reply that is an error; its body is the text. */
const FAILURE_HEADER = 'Cartero-Failure';

const NO_HEADERS: BusHeaders = Object.freeze({});

const atMost = (ms: number, work: Promise<unknown>): Promise<unknown> => {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([work.catch(() => {}), over]).finally(() => clearTimeout(timer));
};

function toNats(headers: BusHeaders | undefined): MsgHdrs | undefined {
  let made: MsgHdrs | undefined;
  for (const name in headers) {
    made ??= natsHeaders();
    made.set(name, headers[name]!);
  }
  return made;
}

function fromNats(headers: MsgHdrs | undefined): BusHeaders {
  if (!headers) return NO_HEADERS;
  const made: Record<string, string> = {};
  for (const name of headers.keys()) made[name.toLowerCase()] = headers.get(name);
  return made;
}

interface Subscriber {
  readonly subscription: Subscription;
  busy: number;
  idle: (() => void)[];
}

class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #onHandlerError: HandlerErrorListener;
  readonly #inbox = `${createInbox()}.`;
  readonly #requests = new PendingRequests();
  readonly #subscriptions = new Set<BusSubscription>();
  readonly #reconnectListeners: (() => void)[] = [];
  #connected = true;
  #closing: Promise<void> | undefined;

  constructor(connection: NatsConnection, options: NatsBusOptions) {
    this.#connection = connection;
    this.#prefix = options.prefix ?? '';
    this.#onHandlerError = options.onHandlerError ?? (() => {});
    connection.subscribe(`${this.#inbox}*`, {
      callback: (error, msg) => {
        if (!error) this.#onReply(msg);
      },
    });
    this.#follow();
  }

  get connected(): boolean {
    return this.#connected;
  }

  onReconnect(listener: () => void): void {
    this.#reconnectListeners.push(listener);
  }

  async #follow(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'reconnect') this.#up();
      else if (status.type === 'disconnect' || status.type === 'close') this.#down();
    }
    this.#down();
  }

  #up(): void {
    if (this.#closing) return;
    this.#connected = true;
    for (const listener of this.#reconnectListeners) listener();
  }

  #down(): void {
    this.#connected = false;
    this.#requests.failAll('disconnected');
  }

  publish(subject: string, payload: Json, headers?: BusHeaders): void {
    const data = encode(subject, payload, headers);
    // Not kept for later: a hint that is late by an outage is worth nothing, and the memory would have no bound.
    if (!this.#connected || this.#connection.isClosed()) return;
    this.#connection.publish(this.#prefix + subject, data, { headers: toNats(headers) });
  }

  async request(
    subject: string,
    payload: Json,
    options: { readonly timeoutMs: number; readonly headers?: BusHeaders },
  ): Promise<Json> {
    const data = encode(subject, payload, options.headers);
    if (!this.#connected) throw new BusError('disconnected', subject);
    return this.#requests.add(subject, options.timeoutMs, (token) =>
      this.#connection.publish(this.#prefix + subject, data, {
        reply: this.#inbox + token,
        headers: toNats(options.headers),
      }),
    );
  }

  #onReply(msg: Msg): void {
    const token = msg.subject.slice(this.#inbox.length);
    const headers = msg.headers;
    const failure = headers?.get(FAILURE_HEADER);
    if (headers?.code === 503 && msg.data.length === 0) this.#requests.fail(token, 'no-responders');
    else if (failure)
      this.#requests.fail(token, failure as BusFailure, new Error(Buffer.from(msg.data).toString()));
    else this.#requests.succeed(token, () => decode(msg.data));
  }

  async subscribe(
    subject: string,
    handler: BusHandler,
    options: SubscribeOptions = {},
  ): Promise<BusSubscription> {
    if (this.#closing) throw new BusError('disconnected', subject);
    const subscriber: Subscriber = {
      busy: 0,
      idle: [],
      subscription: this.#connection.subscribe(this.#prefix + subject, {
        queue: options.queue,
        callback: (error, msg) => {
          if (!error) this.#take(subscriber, handler, msg);
        },
      }),
    };
    const subscription = { unsubscribe: () => this.#unsubscribe(subscriber, subscription) };
    this.#subscriptions.add(subscription);
    // While the connection is down there is nothing to wait for: it comes into force with the next one.
    if (this.#connected) await atMost(SERVER_MS, this.#connection.flush());
    return subscription;
  }

  async #unsubscribe(subscriber: Subscriber, subscription: BusSubscription): Promise<void> {
    this.#subscriptions.delete(subscription);
    if (this.#connected && !subscriber.subscription.isClosed()) {
      await atMost(SERVER_MS, subscriber.subscription.drain());
    } else subscriber.subscription.unsubscribe();
    if (subscriber.busy === 0) return;
    await atMost(HANDLERS_MS, new Promise<void>((resolve) => subscriber.idle.push(resolve)));
  }

  #take(subscriber: Subscriber, handler: BusHandler, msg: Msg): void {
    subscriber.busy += 1;
    this.#answer(handler, msg).finally(() => {
      subscriber.busy -= 1;
      if (subscriber.busy > 0) return;
      for (const resolve of subscriber.idle.splice(0)) resolve();
    });
  }

  async #answer(handler: BusHandler, msg: Msg): Promise<void> {
    const subject = msg.subject.slice(this.#prefix.length);
    try {
      const answer = await handler({ subject, payload: decode(msg.data), headers: fromNats(msg.headers) });
      if (msg.reply) this.#reply(msg.reply, encode(subject, answer));
    } catch (error) {
      const tooLarge = error instanceof BusError && error.failure === 'payload-too-large';
      if (!tooLarge) this.#onHandlerError(error, { subject });
      if (!msg.reply) return;
      const headers = natsHeaders();
      headers.set(FAILURE_HEADER, tooLarge ? 'payload-too-large' : 'handler-failed');
      this.#reply(msg.reply, Buffer.from(errorText(error).slice(0, 1_000)), headers);
    }
  }

  #reply(subject: string, data: Buffer, headers?: MsgHdrs): void {
    // A reply that cannot be sent is a time-out at the other end.
    if (!this.#connection.isClosed()) this.#connection.publish(subject, data, { headers });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.unsubscribe()));
    if (this.#connected) await atMost(SERVER_MS, this.#connection.flush());
    this.#down();
    await atMost(SERVER_MS, this.#connection.close());
  }
}

/** The user and password of the first URL hold for all of them. */
function connectionOptions({ url, name }: NatsBusOptions): ConnectionOptions {
  const urls = url.split(',').map((one) => new URL(one.trim()));
  const { username, password } = urls[0]!;
  const user = decodeURIComponent(username);
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    ...(username && password
      ? { user, pass: decodeURIComponent(password) }
      : username
        ? { token: user }
        : {}),
    ...(urls.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    name,
    timeout: DIAL_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    pingInterval: PING_MS,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  };
}

/** Keeps trying for `startTimeoutMs`, then rejects with a message that names the server. Reconnects for ever after. */
export async function createNatsBus(options: NatsBusOptions): Promise<Bus> {
  const deadline = performance.now() + (options.startTimeoutMs ?? START_MS);
  const settings = connectionOptions(options);
  for (;;) {
    try {
      return new NatsBus(await connect({ ...settings }), options);
    } catch (cause) {
      if (performance.now() >= deadline) {
        throw new Error(`NATS at ${settings.servers} cannot be reached: ${errorText(cause)}`, { cause });
      }
    }
    await pause(RECONNECT_MS + Math.random() * RECONNECT_JITTER_MS);
  }
}
