import { BoundedCache } from '../../../shared/account/bounded-cache.ts';
import type { Ports } from '../../../shared/runtime/service.ts';

/** Counters of this process, about 150 bytes each. */
const MAX_COUNTERS = 50_000;

/**
 * Counts in windows, in the session store, so that counts add up over all replicas, and in this process, so that there is
 * a limit, a replica's own, while the store is away. That it is away is a gauge, and a line of the log once.
 */
export class RateCounter {
  readonly #ports: Pick<Ports, 'sessions' | 'log'>;
  readonly #own = new BoundedCache<{ count: number }>(MAX_COUNTERS);
  #shared = true;

  constructor({ sessions, log, metrics }: Pick<Ports, 'sessions' | 'log' | 'metrics'>) {
    this.#ports = { sessions, log };
    metrics.gauge(
      'cartero_smtp_rates_unshared',
      'replicas that count rates for themselves, as the session store is away',
      [],
      () => (sessions.connected ? 0 : 1),
    );
  }

  /** The count in the window of `windowMs` that `key` is in, these `by` included. */
  async count(key: string, windowMs: number, by = 1): Promise<number> {
    const { sessions } = this.#ports;
    this.#tell(sessions.connected);
    const own = this.#own.get(key) ?? { count: 0 };
    if (own.count === 0) this.#own.set(key, own, windowMs);
    own.count += by;
    return Math.max(own.count, await sessions.count(key, windowMs, by).catch(() => 0));
  }

  #tell(shared: boolean): void {
    if (shared === this.#shared) return;
    this.#shared = shared;
    if (shared) this.#ports.log.info('rates are counted over all replicas again');
    else this.#ports.log.warn('the session store is away: each replica counts rates for itself');
  }
}
