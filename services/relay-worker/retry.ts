import type { RemoteEntry, RemoteOutcome } from '../../shared/spool/remote.ts';
import type { Condition } from './condition.ts';

export interface RetryOptions {
  /** Pauses in milliseconds, the last repeats. */
  readonly retryScheduleMs: readonly number[];
  readonly spoolLifetimeMs: number;
}

/** A pause is stretched by up to this part of it, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * What becomes of an entry that was refused. `lot` in [0, 1): the same for all recipients of a message keeps them together.
 * The last attempt is made when the lifetime ends; what fails after it, fails for good (RFC 3463 4.4.7).
 */
export function refusedOutcome(
  entry: RemoteEntry,
  condition: Condition,
  now: number,
  lot: number,
  options: RetryOptions,
): RemoteOutcome {
  const { reply, status, remote } = condition;
  if (condition.permanent) return { kind: 'failed', entry, reply, status, remote };
  const expires = entry.queuedAt + options.spoolLifetimeMs;
  if (now >= expires) return { kind: 'failed', entry, reply, status: '4.4.7', remote };
  const schedule = options.retryScheduleMs;
  const pause = schedule[Math.min(entry.attempts, schedule.length - 1)] ?? 0;
  const at = Math.round(Math.min(now + pause * (1 + JITTER * lot), expires));
  return { kind: 'retry', entry, reply, status, remote, at };
}
