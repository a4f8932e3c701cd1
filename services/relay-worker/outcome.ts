import type { RemoteEntry, RemoteOutcome } from '../../shared/spool/remote.ts';
import type { Condition } from './condition.ts';
import type { Verdict } from './verdict.ts';

/** `relayed`: delivered to a server that reports nothing (RFC 3461 §5.2.2), so that success is ours to report. */
export type Outcome = RemoteOutcome & { readonly relayed?: boolean };

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
  if (verdict.kind === 'refused') return refusedOutcome(entry, verdict.condition, now, lot, options);
  const { reply, remote, relayed } = verdict;
  return { kind: 'delivered', entry, reply, remote, relayed };
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
  const expires = entry.queuedAt + options.spoolLifetimeMs;
  if (now >= expires) return { kind: 'failed', entry, reply, status: '4.4.7', remote };
  const schedule = options.retryScheduleMs;
  const pause = schedule[Math.min(entry.attempts, schedule.length - 1)] ?? 0;
  const at = Math.round(Math.min(now + pause * (1 + JITTER * lot), expires));
  return { kind: 'retry', entry, reply, status, remote, at };
}
