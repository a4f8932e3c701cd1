import { checkFence, type Fence } from '../../../shared/actor/fence.ts';
import type { Database } from '../../../shared/database/port.ts';
import type { Trx } from '../turn.ts';

/** What a job has to work with. */
export interface JobContext {
  readonly database: Database;
  readonly fence: () => Fence;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Round {
  /** Rows that were collected, pruned or moved. */
  readonly items: number;
  /** Bytes of messages that were collected. */
  readonly bytes?: number;
  /** There is more to do at once. */
  readonly more: boolean;
}

/**
 * Something that has to be cleared away now and then. A round is one bounded batch of well under a second, and safe when
 * two replicas run it at the same time, as they may while a partition moves.
 */
export interface Job {
  readonly name: string;
  /** Pause after a round that left nothing, in milliseconds. */
  readonly everyMs: number;
  round(context: JobContext): Promise<Round>;
}

/** Every write of a job: under the fence. Throws `FenceLost`. */
export function commit<T>(context: JobContext, work: (trx: Trx) => Promise<T>): Promise<T> {
  return context.database.transaction(async (trx) => {
    await checkFence(trx, context.fence());
    return work(trx);
  });
}
