import { partitionOf } from '../actor/partition.ts';
import { type Bus, BusError, type BusSubscription, type Json } from '../bus/port.ts';
import { subjects } from '../bus/subjects.ts';
import type { Tracing } from '../runtime/tracing.ts';
import { type Arrival, type ChangeListener, type MailboxClient, MailboxUnavailable } from './operations.ts';
import type { AccountId } from './types.ts';

/** Through a kill of the owner (lease, take-over) an ask goes on for this long. */
const DEADLINE_MS = 15_000;
/** Without a connection to the bus: a server that starts anew is found within 2 s, one that is dead keeps every client waiting. */
const DISCONNECTED_MS = 3_000;
/** One try: a turn may wait for a commit and for turns before it. */
const ATTEMPT_MS = 10_000;
const PAUSE_MIN_MS = 20;
const PAUSE_MAX_MS = 400;

interface Watch {
  readonly listeners: Set<ChangeListener>;
  readonly subscription: Promise<BusSubscription>;
}

/** What the actor host answers when the turn failed for a reason that may pass. */
export interface Unavailable {
  readonly unavailable: true;
  /** Asking again would meet the same fault. */
  readonly final?: boolean;
}

/** Mailbox actors over the bus: finds the owner by the partition of the account; the caller's trace goes with the request. */
export function createMailboxClient(bus: Bus, tracing?: Pick<Tracing, 'current'>): MailboxClient {
  const watches = new Map<AccountId, Watch>();
  bus.onReconnect(() => {
    for (const { listeners } of watches.values()) for (const listener of listeners) listener(0);
  });

  return {
    async ask(verb, request) {
      const subject = subjects.mailbox(partitionOf(request.account), verb);
      const until = performance.now() + DEADLINE_MS;
      const traceparent = tracing?.current();
      const headers = traceparent === undefined ? undefined : { traceparent };
      let disconnectedAt: number | undefined;
      for (let pause = PAUSE_MIN_MS; ; pause = Math.min(pause * 2, PAUSE_MAX_MS)) {
        let cause: unknown;
        try {
          const timeoutMs = Math.max(1, Math.min(ATTEMPT_MS, until - performance.now()));
          const reply = await bus.request(subject, request as unknown as Json, { timeoutMs, headers });
          if (!isUnavailable(reply)) return reply as never;
          if (reply.final === true) throw new MailboxUnavailable();
        } catch (error) {
          if (!(error instanceof BusError) || error.failure === 'payload-too-large') throw error;
          cause = error;
        }
        const now = performance.now();
        const disconnected = cause instanceof BusError && cause.failure === 'disconnected';
        disconnectedAt = disconnected ? (disconnectedAt ?? now) : undefined;
        const end = disconnectedAt === undefined ? until : Math.min(until, disconnectedAt + DISCONNECTED_MS);
        if (now + pause >= end) throw new MailboxUnavailable(cause);
        await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
      }
    },

    async watch(account, listener) {
      let watch = watches.get(account);
      if (watch === undefined) {
        const listeners = new Set<ChangeListener>();
        const subscription = bus.subscribe(subjects.mailboxChanged(account), (delivery) => {
          const { modSeq, what, arrival } = delivery.payload as unknown as ChangeEvent;
          for (const each of listeners) each(modSeq, what, arrival);
          return undefined;
        });
        watch = { listeners, subscription };
        watches.set(account, watch);
      }
      const { listeners, subscription } = watch;
      listeners.add(listener);
      await subscription;
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        watches.delete(account);
        void subscription.then((live) => live.unsubscribe()).catch(() => undefined);
      };
    },
  };
}

interface ChangeEvent {
  readonly modSeq: number;
  readonly what?: 'names';
  readonly arrival?: Arrival;
}

function isUnavailable(reply: Json): reply is { unavailable: true; final?: boolean } {
  return typeof reply === 'object' && reply !== null && 'unavailable' in reply;
}
