import type { RemoteEntry, RemoteOutcome } from '../../shared/spool/remote.ts';
import type { Condition } from './condition.ts';
import type { Verdict } from './verdict.ts';

/** What is to be told of a success, if anything. */
export interface Told {
  /** Delivered to a server that reports nothing (RFC 3461 §5.2.2), so that success is ours to report. */
  readonly relayed?: boolean;
  /** Handed to a server although, or while, a time was set (RFC 2852 §4.1.4). */
  readonly timed?: boolean;
  /** The whole message was sent and no reply came: the next attempt may deliver it once more. */
  readonly uncertain?: boolean;
  /** It went no further than this server. */
  readonly report?: 'delivered' | 'expanded';
}

export type Outcome = RemoteOutcome & Told;

export interface RetryOptions {
  /** Pauses in milliseconds, the last repeats. */
  readonly retryScheduleMs: readonly number[];
  readonly spoolLifetimeMs: number;
}

/** A pause is stretched by up to this part of it, so that what failed together does not come back together. */
const JITTER = 0.2;

/** What becomes of an entry. `lot` in [0, 1): the same for all recipients of a message keeps them together. */
export function outcomeOf(
  entry: RemoteEntry,
  verdict: Verdict,
  now: number,
  lot: number,
  options: RetryOptions,
): Outcome {
  if (verdict.kind === 'refused') {
    const outcome = refusedOutcome(entry, verdict.condition, now, lot, options);
    return { ...outcome, tls: verdict.tls, ...(verdict.uncertain ? { uncertain: true } : {}) };
  }
  const { reply, remote, tls, relayed, untimed, report } = verdict;
  const by = entry.deliverBy;
  const timed = by !== undefined && ((by.mode === 'notify' && untimed === true) || by.trace);
  return { kind: 'delivered', entry, reply, remote, tls, relayed, timed, report };
}

/** Until when attempts go on, in Unix milliseconds (RFC 2852 §4.1: no longer than the sender wanted). */
export function expiryOf(entry: RemoteEntry, spoolLifetimeMs: number): number {
  const { deliverBy, queuedAt, heldMs = 0 } = entry;
  const lifetime = queuedAt + heldMs + spoolLifetimeMs;
  return deliverBy?.mode === 'return' ? Math.min(deliverBy.at, lifetime) : lifetime;
}

/** When the sender wants to hear that it is late, if that is still to come. */
function lateAt({ deliverBy }: RemoteEntry, now: number): number {
  return deliverBy?.mode === 'notify' && deliverBy.at > now ? deliverBy.at : Number.POSITIVE_INFINITY;
}

/** The last attempt is made when the lifetime ends; what fails after it, fails for good (RFC 3463 4.4.7). */
function refusedOutcome(
  entry: RemoteEntry,
  condition: Condition,
  now: number,
  lot: number,
  options: RetryOptions,
): Outcome {
  const { reply, status, remote } = condition;
  if (condition.permanent) return { kind: 'failed', entry, reply, status, remote };
  const expires = expiryOf(entry, options.spoolLifetimeMs);
  if (now >= expires) return { kind: 'failed', entry, reply, status: '4.4.7', remote };
  const schedule = options.retryScheduleMs;
  const pause = schedule[Math.min(entry.attempts, schedule.length - 1)] ?? 0;
  const at = Math.round(Math.min(now + pause * (1 + JITTER * lot), expires, lateAt(entry, now)));
  return { kind: 'retry', entry, reply, status, remote, at };
}
