import type { Ports } from '../../shared/runtime/service.ts';
import { waiting } from '../../shared/spool/waiting.ts';

/** A scrape that comes sooner is answered with what was read last. */
const FRESH_MS = 10_000;
/** A scrape does not wait longer for the database. */
const DEADLINE_MS = 3_000;

export interface QueueMetricsOptions extends Pick<Ports, 'database' | 'metrics'> {
  /** True on the one replica that speaks for the cluster; the others have no such series. */
  readonly mine: () => boolean;
}

/** The length and age of the spool, told by one replica: autoscalers and alerts look at it. */
export function queueMetrics({ database, metrics, mine }: QueueMetricsOptions): void {
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const now = mine() ? await Promise.race([waiting(database), expired()]) : undefined;
    entries.reset();
    oldest.reset();
    if (now === undefined) return;
    for (const kind of ['local', 'remote'] as const) {
      const { entries: count, oldestAt } = now[kind];
      entries.set({ kind }, count);
      oldest.set({ kind }, oldestAt === undefined ? 0 : Math.max(0, database.now() - oldestAt) / 1_000);
    }
  };
  const collect = (): Promise<void> => {
    if (performance.now() - readAt > FRESH_MS) {
      readAt = performance.now();
      reading = read();
    }
    return reading;
  };
  const entries = metrics.gauge(
    'cartero_spool_entries',
    'Entries that wait, by where they go',
    ['kind'],
    collect,
  );
  const oldest = metrics.gauge(
    'cartero_spool_oldest_seconds',
    'How long the oldest entry has waited, by where it goes',
    ['kind'],
    collect,
  );
}

const expired = (): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), DEADLINE_MS).unref());
