/**
 * The bus carries requests, replies, hints and events; never the only copy of anything.
 * Payloads are JSON values: what an adapter hands over is always a clone.
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Largest encoded payload, in bytes (NATS' default `max_payload`). A larger one throws `PayloadTooLarge`. */
export const MAX_PAYLOAD_BYTES = 1_048_576;

export type BusFailure =
  | 'no-responders'
  | 'timeout'
  | 'disconnected'
  | 'payload-too-large'
  | 'handler-failed';

export class BusError extends Error {
  readonly failure: BusFailure;
  constructor(failure: BusFailure, subject: string, cause?: unknown) {
    super(`bus: ${failure} on ${subject}`, { cause });
    this.name = 'BusError';
    this.failure = failure;
  }
}

/** Trace context and the like; keys are lower-case ASCII. */
export type BusHeaders = Readonly<Record<string, string>>;

export interface BusDelivery {
  readonly subject: string;
  readonly payload: Json;
  readonly headers: BusHeaders;
}

/** What a handler resolves to is the reply, when the sender asked for one. A throw is a 'handler-failed' there. */
export type BusHandler = (delivery: BusDelivery) => Promise<Json | undefined> | Json | undefined;

export interface BusSubscription {
  /** Stops new deliveries; resolves when the handlers under way are done. */
  unsubscribe(): Promise<void>;
}

export interface SubscribeOptions {
  /** Of all subscribers with the same queue group, one gets each delivery. */
  readonly queue?: string;
}

export interface Bus {
  /** Fire and forget. Never throws for a lost connection: a lost hint costs a poll interval. */
  publish(subject: string, payload: Json, headers?: BusHeaders): void;
  /**
   * Asks one responder. Throws BusError: 'no-responders' at once when nobody subscribes,
   * 'timeout' after `timeoutMs`, 'disconnected' when there is no connection.
   */
  request(
    subject: string,
    payload: Json,
    options: { readonly timeoutMs: number; readonly headers?: BusHeaders },
  ): Promise<Json>;
  /** `*` stands for one token, `>` at the end for one or more (as in NATS). Resolves once the subscription is in force. */
  subscribe(subject: string, handler: BusHandler, options?: SubscribeOptions): Promise<BusSubscription>;
  /** False while the connection is down; readiness and gauges look at it. */
  readonly connected: boolean;
  /** Called after each re-connection: events may have been missed, so who relies on them re-reads. */
  onReconnect(listener: () => void): void;
  /** Drains subscriptions, then closes. Idempotent. */
  close(): Promise<void>;
}
