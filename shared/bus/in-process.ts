/** The bus inside one process. It behaves as NATS would: clones, later, by queue groups, with no-responders. */
import { decode, encode, errorText, type HandlerErrorListener } from './encoding.ts';
import {
  type Bus,
  BusError,
  type BusHandler,
  type BusHeaders,
  type BusSubscription,
  type Json,
  type SubscribeOptions,
} from './port.ts';
import { SubjectTree } from './subject-tree.ts';

interface Subscriber {
  readonly handler: BusHandler;
  readonly queue: string | undefined;
  /** Handlers under way. */
  busy: number;
  idle: (() => void)[];
  active: boolean;
}

interface Reply {
  succeed(data: Buffer): void;
  fail(error: BusError): void;
}

export class InProcessBus implements Bus {
  readonly #tree = new SubjectTree<Subscriber>();
  readonly #subscriptions = new Set<BusSubscription>();
  readonly #waiting = new Set<(error: BusError) => void>();
  readonly #onHandlerError: HandlerErrorListener;
  #posted: (() => void)[] = [];
  #turn = 0;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(onHandlerError: HandlerErrorListener = () => {}) {
    this.#onHandlerError = onHandlerError;
  }

  get connected(): boolean {
    return !this.#closed;
  }

  onReconnect(): void {}

  publish(subject: string, payload: Json, headers: BusHeaders = {}): void {
    const data = encode(subject, payload, headers);
    if (this.#closed) return;
    for (const subscriber of this.#chosen(subject)) this.#deliver(subscriber, subject, data, headers);
  }

  request(
    subject: string,
    payload: Json,
    options: { readonly timeoutMs: number; readonly headers?: BusHeaders },
  ): Promise<Json> {
    return new Promise((resolve, reject) => {
      const headers = options.headers ?? {};
      const data = encode(subject, payload, headers);
      if (this.#closed) throw new BusError('disconnected', subject);
      const settle = (outcome: () => void) => {
        if (!this.#waiting.delete(fail)) return;
        clearTimeout(timer);
        outcome();
      };
      const fail = (error: BusError) => settle(() => reject(error));
      const timer = setTimeout(() => fail(new BusError('timeout', subject)), options.timeoutMs);
      this.#waiting.add(fail);
      const reply = { succeed: (answer: Buffer) => settle(() => resolve(decode(answer))), fail };
      const chosen = this.#chosen(subject);
      if (chosen.length === 0) this.#post(() => fail(new BusError('no-responders', subject)));
      for (const subscriber of chosen) this.#deliver(subscriber, subject, data, { ...headers }, reply);
    });
  }

  async subscribe(
    subject: string,
    handler: BusHandler,
    options: SubscribeOptions = {},
  ): Promise<BusSubscription> {
    if (this.#closing) throw new BusError('disconnected', subject);
    const subscriber: Subscriber = { handler, queue: options.queue, busy: 0, idle: [], active: true };
    this.#tree.add(subject, subscriber);
    const subscription = {
      unsubscribe: async () => {
        if (subscriber.active) this.#tree.remove(subject, subscriber);
        subscriber.active = false;
        this.#subscriptions.delete(subscription);
        if (subscriber.busy > 0) await new Promise<void>((resolve) => subscriber.idle.push(resolve));
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.unsubscribe()));
    // The last replies are on their way.
    await new Promise<void>((resolve) => this.#post(resolve));
    this.#closed = true;
    for (const fail of this.#waiting) fail(new BusError('disconnected', 'the closed bus'));
  }

  /** All subscribers without a queue group and one of each group, in turn. */
  #chosen(subject: string): Subscriber[] {
    const found = this.#tree.match(subject);
    if (found.length < 2 || found.every((subscriber) => subscriber.queue === undefined)) return found;
    const groups = new Map<string, Subscriber[]>();
    for (const subscriber of found) {
      if (subscriber.queue === undefined) continue;
      const group = groups.get(subscriber.queue);
      if (group) group.push(subscriber);
      else groups.set(subscriber.queue, [subscriber]);
    }
    this.#turn += 1;
    return [
      ...found.filter((subscriber) => subscriber.queue === undefined),
      ...[...groups.values()].map((group) => group[this.#turn % group.length]!),
    ];
  }

  /** Runs `work` after the code that is running now, in order; one immediate for all that gathers. */
  #post(work: () => void): void {
    this.#posted.push(work);
    if (this.#posted.length > 1) return;
    setImmediate(() => {
      const posted = this.#posted;
      this.#posted = [];
      for (const next of posted) next();
    });
  }

  #deliver(subscriber: Subscriber, subject: string, data: Buffer, headers: BusHeaders, reply?: Reply): void {
    subscriber.busy += 1;
    this.#post(() => {
      this.#answer(subscriber, subject, data, headers, reply).finally(() => {
        subscriber.busy -= 1;
        if (subscriber.busy > 0) return;
        for (const resolve of subscriber.idle.splice(0)) resolve();
      });
    });
  }

  async #answer(
    { handler }: Subscriber,
    subject: string,
    data: Buffer,
    headers: BusHeaders,
    reply?: Reply,
  ): Promise<void> {
    try {
      const answer = await handler({ subject, payload: decode(data), headers: { ...headers } });
      if (!reply) return;
      const encoded = encode(subject, answer);
      this.#post(() => reply.succeed(encoded));
    } catch (error) {
      if (!(error instanceof BusError && error.failure === 'payload-too-large'))
        this.#onHandlerError(error, { subject });
      this.#post(() => reply?.fail(refusal(subject, error)));
    }
  }
}

function refusal(subject: string, error: unknown): BusError {
  const failure =
    error instanceof BusError && error.failure === 'payload-too-large' ? error.failure : 'handler-failed';
  return new BusError(failure, subject, new Error(errorText(error)));
}

/** `onHandlerError` hears of every handler that threw, so that it is logged where it happened. */
export function createInProcessBus(options: { readonly onHandlerError?: HandlerErrorListener } = {}): Bus {
  return new InProcessBus(options.onHandlerError);
}
