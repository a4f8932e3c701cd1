import { GroupCommit, GroupCommitFull } from '../actor/group-commit.ts';
import { partitionOf } from '../actor/partition.ts';
import type { Bus, Json } from '../bus/port.ts';
import { subjects } from '../bus/subjects.ts';
import { type Database, DatabaseUnavailable } from '../database/port.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { checkStaged } from '../storage/staged-too-long.ts';
import { acceptSubmissions } from './accept.ts';
import { type Spool, SpoolUnavailable, type Submission } from './port.ts';

export interface SpoolOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly metrics: Metrics;
}

/** Small batches over several connections beat large ones: the driver's encoding is the cost (measured, design §8). */
const MAX_ITEMS = 40;
const MAX_BYTES = 2_097_152;
const CONCURRENCY = 3;
const MAX_WAITING = 5_000;
/** How long an accept is tried again through a restart of the database before the client is told 451. */
const RETRY_FOR_MS = 12_000;
const RETRY_PAUSE_MS = 250;
/** Entries named in one hint at most; the poll finds what a hint leaves out. */
const HINT_ENTRIES = 500;

/** The way in for all mail: ingress, submissions, DSNs. */
export function createSpool({ database, bus, metrics }: SpoolOptions): Spool & { idle(): Promise<void> } {
  const batchSize = metrics.histogram(
    'cartero_spool_commit_messages',
    'Messages a group commit',
    [1, 2, 4, 8, 16, 32, 64],
  );
  const batchSeconds = metrics.histogram(
    'cartero_spool_commit_seconds',
    'Duration of a group commit',
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
  );
  const commits = new GroupCommit<Submission, void>({
    commit: async (submissions) => {
      await retrying(() => acceptSubmissions(database, submissions, database.now()));
      hint(bus, submissions);
      return submissions.map(() => undefined);
    },
    maxItems: MAX_ITEMS,
    maxWeight: MAX_BYTES,
    weigh: (submission) => submission.message.inline.length + 2_048,
    concurrency: database.kind === 'pglite' ? 1 : CONCURRENCY,
    maxWaiting: MAX_WAITING,
    isolate: (error) => !(error instanceof DatabaseUnavailable),
    onBatch: (items, seconds) => {
      batchSize.observe({}, items);
      batchSeconds.observe({}, seconds);
    },
  });
  return {
    async enqueue(submission) {
      if (submission.message.chunks > 0) checkStaged(submission.message.emailId, database.now());
      try {
        await commits.add(submission);
      } catch (error) {
        if (error instanceof DatabaseUnavailable || error instanceof GroupCommitFull)
          throw new SpoolUnavailable(error);
        throw error;
      }
      return { emailId: submission.message.emailId };
    },
    idle: () => commits.idle(),
  };
}

/** The statement is idempotent, so an unknown outcome is settled by asking again. */
async function retrying(work: () => Promise<void>): Promise<void> {
  const until = performance.now() + RETRY_FOR_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS * (0.5 + Math.random())));
    }
  }
}

/** Tells the owners what came: a lost hint costs a poll interval. */
export function hint(bus: Bus, submissions: readonly Submission[]): void {
  const local = new Map<number, Json[]>();
  const remote = new Map<number, Set<string>>();
  for (const { message, recipients, traceparent, heldUntil, junk } of submissions) {
    // What is held is found by the poll when its time has come.
    if (heldUntil !== undefined) continue;
    for (const { target } of recipients) {
      if (target.kind === 'local') {
        const partition = partitionOf(target.account);
        const entries = local.get(partition) ?? [];
        if (entries.length < HINT_ENTRIES)
          entries.push([target.account, message.emailId, traceparent ?? null, ...(junk ? [true] : [])]);
        local.set(partition, entries);
      } else {
        const partition = partitionOf(target.destination);
        const destinations = remote.get(partition) ?? new Set();
        if (destinations.size < HINT_ENTRIES) destinations.add(target.destination);
        remote.set(partition, destinations);
      }
    }
  }
  for (const [partition, entries] of local) bus.publish(subjects.spoolLocal(partition), { entries });
  for (const [partition, destinations] of remote) {
    bus.publish(subjects.spoolRemote(partition), { destinations: [...destinations] });
  }
}
