import { checkFence, type Fence, FenceLost } from '../../shared/actor/fence.ts';
import { GroupCommit } from '../../shared/actor/group-commit.ts';
import { type Database, DatabaseUnavailable } from '../../shared/database/port.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import type { Metrics } from '../../shared/runtime/metrics.ts';
import { type Delivered, deliverLocal, type LocalEntry } from '../../shared/spool/deliver.ts';
import type { Trx } from './turn.ts';

export type Work = (trx: Trx) => Promise<unknown>;

/**
 * The two group commits of a replica, over all its actors: turns that write, and deliveries. They belong to one fence:
 * an actor that outlives its lease keeps the old one and can write nothing, also when the replica has joined anew.
 */
export interface Commits {
  turn<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  deliver(entries: readonly LocalEntry[]): Promise<Delivered | undefined>;
}

const TURNS_A_COMMIT = 32;
const ENTRIES_A_COMMIT = 100;
const COMMITS_IN_FLIGHT = 2;
/** Every actor has at most one of each waiting, so this bounds the actors that wait. */
const MAX_WAITING = 20_000;
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128];
const SECONDS_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

export function createCommits(database: Database, metrics: Metrics, fence: Fence): Commits {
  const batches = metrics.histogram('cartero_store_commit_items', 'Items a group commit', BATCH_BUCKETS, [
    'kind',
  ]);
  const seconds = metrics.histogram('cartero_store_commit_seconds', 'Group commit time', SECONDS_BUCKETS, [
    'kind',
  ]);
  const observe = (kind: string) => (items: number, took: number) => {
    batches.observe({ kind }, items);
    seconds.observe({ kind }, took);
  };
  const common = {
    concurrency: database.kind === 'pglite' ? 1 : COMMITS_IN_FLIGHT,
    maxWaiting: MAX_WAITING,
    isolate: (error: unknown) => !(error instanceof DatabaseUnavailable || error instanceof FenceLost),
  };

  const turns = new GroupCommit<Work, unknown>({
    ...common,
    maxItems: TURNS_A_COMMIT,
    onBatch: observe('turn'),
    commit: (works) =>
      database.transaction(async (trx) => {
        await checkFence(trx, fence);
        const results: unknown[] = [];
        for (const work of works) results.push(await work(trx));
        return results;
      }),
  });

  const deliveries = new GroupCommit<readonly LocalEntry[], Delivered | undefined>({
    ...common,
    maxItems: ENTRIES_A_COMMIT,
    maxWeight: ENTRIES_A_COMMIT,
    weigh: (entries) => entries.length,
    onBatch: observe('deliver'),
    commit: async (batch) => {
      const delivered = await deliverLocal(database, fence, batch.flat(), database.now());
      return batch.map((entries) => delivered.get(entries[0]!.account as AccountId));
    },
  });

  return {
    turn: <T>(work: (trx: Trx) => Promise<T>) => turns.add(work) as Promise<T>,
    deliver: (entries) => deliveries.add(entries),
  };
}
