import type { Logger } from '../../shared/runtime/log.ts';
import type { Metrics } from '../../shared/runtime/metrics.ts';
import type { Outcome } from './outcome.ts';

/** Counts and logs what came of each attempt. */
export function createObserver(metrics: Metrics, log: Logger): (outcome: Outcome, now: number) => void {
  const attempts = metrics.counter('cartero_relay_attempts_total', 'Attempts by recipient', ['result']);
  const uncertain = metrics.counter(
    'cartero_relay_uncertain_total',
    'Attempts that ended after the whole message was sent and before a reply: they may deliver twice',
  );
  const repeats = metrics.counter(
    'cartero_relay_repeats_total',
    'Deliveries of what an attempt before, whose reply was not seen, may have delivered already',
  );
  const seconds = metrics.histogram(
    'cartero_relay_delivery_seconds',
    'From accepted to delivered at the remote',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600, 86_400],
  );
  return (outcome, now) => {
    const { entry, kind, reply, remote } = outcome;
    // A report of what happened here is no attempt.
    if (entry.report !== undefined) return;
    if (outcome.uncertain) uncertain.inc({});
    if (kind === 'delivered' && entry.uncertain) repeats.inc({});
    attempts.inc({ result: kind });
    if (kind === 'delivered') seconds.observe({}, (now - entry.queuedAt) / 1_000);
    log.info(
      {
        emailId: entry.emailId,
        destination: entry.destination,
        forwardPath: entry.forwardPath,
        attempt: entry.attempts + 1,
        remote,
        reply,
        ...(outcome.kind === 'delivered' ? {} : { status: outcome.status }),
        ...(outcome.kind === 'retry' ? { at: outcome.at } : {}),
      },
      `relay: ${kind}`,
    );
  };
}
