import { type Fence, FenceLost } from '../../../shared/actor/fence.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { attempts } from './attempts.ts';
import type { Job } from './job.ts';
import { journal } from './journal.ts';
import { logIns } from './log-ins.ts';
import { orphanedDeliveries } from './orphaned-deliveries.ts';
import { releasedMessages } from './released-messages.ts';
import { requestReplies } from './request-replies.ts';
import { sieveSeen } from './sieve-seen.ts';
import { unreferredMessages } from './unreferred-messages.ts';

/** Who looks whether something is due; also how long after a start the first round comes at the earliest. */
const LOOK_MS = 15_000;
/** Between the rounds of a job that has more to do, so that mail goes first. */
const PAUSE_MS = 100;
const SECONDS_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 30];

export const JOBS: readonly Job[] = [
  orphanedDeliveries(),
  releasedMessages(),
  unreferredMessages(),
  requestReplies(),
  attempts(),
  logIns(),
  sieveSeen(),
  journal(),
];

export interface HousekeepingOptions extends Pick<Ports, 'database' | 'log' | 'metrics'> {
  readonly fence: () => Fence;
  /** True on the one replica that clears away. Asked before each round. */
  readonly mine: () => boolean;
  readonly fenceLost: () => void;
  readonly jobs?: readonly Job[];
  readonly lookMs?: number;
}

/** Runs the jobs, one round of one job at a time. A job that fails is tried again at the next look. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #due = new Map<Job, number>();
  readonly #items;
  readonly #bytes;
  readonly #failures;
  readonly #seconds;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#items = metrics.counter(
      'cartero_housekeeping_items_total',
      'Messages collected, rows pruned, deliveries returned',
      ['job'],
    );
    this.#bytes = metrics.counter('cartero_messages_collected_bytes_total', 'Bytes of messages collected');
    this.#failures = metrics.counter('cartero_housekeeping_failures_total', 'Rounds that failed', ['job']);
    this.#seconds = metrics.histogram(
      'cartero_housekeeping_seconds',
      'Duration of a round',
      SECONDS_BUCKETS,
      ['job'],
    );
  }

  start(): void {
    this.#lookIn(this.#lookMs);
  }

  /** Resolves when the round under way, if any, has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  get #lookMs(): number {
    return this.#options.lookMs ?? LOOK_MS;
  }

  #lookIn(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#look().then((more) => {
        this.#running = undefined;
        this.#lookIn(more ? Math.min(PAUSE_MS, this.#lookMs) : this.#lookMs);
      });
    }, ms);
  }

  /** One round of each job that is due; true when some have more to do. Never throws. */
  async #look(): Promise<boolean> {
    let more = false;
    for (const job of this.#options.jobs ?? JOBS) {
      if (this.#stopped || !this.#options.mine()) return false;
      if ((this.#due.get(job) ?? 0) > performance.now()) continue;
      const moreOfIt = await this.#round(job);
      more ||= moreOfIt;
    }
    return more;
  }

  async #round(job: Job): Promise<boolean> {
    const { database, fence, log } = this.#options;
    const started = performance.now();
    try {
      const { items, bytes, more } = await job.round({ database, fence, now: () => database.now() });
      this.#items.inc({ job: job.name }, items);
      if (bytes !== undefined) this.#bytes.inc({}, bytes);
      if (items > 0) log.info({ job: job.name, items, bytes }, 'housekeeping');
      if (!more) this.#due.set(job, performance.now() + job.everyMs);
      return more;
    } catch (error) {
      this.#failures.inc({ job: job.name });
      if (error instanceof FenceLost) this.#options.fenceLost();
      else log.warn({ err: error, job: job.name }, 'housekeeping failed');
      return false;
    } finally {
      this.#seconds.observe({ job: job.name }, (performance.now() - started) / 1000);
    }
  }
}
