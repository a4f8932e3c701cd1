import { FENCE_SQL, type Fence, FenceLost } from '../actor/fence.ts';
import { GroupCommit } from '../actor/group-commit.ts';
import { arrayOf, type Database, DatabaseUnavailable, type ElementType } from '../database/port.ts';
import type { RemoteOutcome } from './remote.ts';

const SETTLE_DONE_SQL = `with fence as materialized (${FENCE_SQL}),
gone as (
  delete from spool_remote s using unnest($2::uuid[], $3::int[], $4::text[]) as d (email_id, recipient_no, destination)
  where s.destination = d.destination and s.email_id = d.email_id and s.recipient_no = d.recipient_no
    and exists (select from fence)
  returning s.email_id),
released as (
  insert into message_release (email_id, released_at) select distinct email_id, $5::bigint from gone),
attempts as (
  insert into spool_attempt (email_id, recipient_no, attempt_at, destination, forward_path, outcome, remote, status, reply, tls)
  select a.email_id, a.recipient_no, $5::bigint, a.destination, a.forward_path, a.outcome, a.remote, a.status, a.reply, a.tls
  from unnest($2::uuid[], $3::int[], $4::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
    as a (email_id, recipient_no, destination, forward_path, outcome, remote, status, reply, tls)
  where exists (select from fence)
  on conflict do nothing)
select count(*)::int as fenced from fence`;

type Done = Exclude<RemoteOutcome, { kind: 'retry' }>;

export const isDone = (outcome: RemoteOutcome): outcome is Done => outcome.kind !== 'retry';

/** Outcomes of one destination, settled under one fence. */
export interface DoneOutcomes {
  readonly fence: Fence;
  readonly destination: string;
  readonly outcomes: readonly Done[];
}

/** Outcomes of one statement; some destinations together, as each alone has only few at a time. */
const MAX_OUTCOMES = 200;
const MAX_DESTINATIONS = 100;
/** One is on its way to the disk while the next is being made. */
const IN_FLIGHT = 2;
/** Each destination waits for its own, so there are no more than destinations. */
const MAX_WAITING = 100_000;

/**
 * Settles what is over and calls for no DSN, which is nearly all: one statement, one round trip, one transaction for whatever destinations
 * gathered while the last was in flight. Rejects with `FenceLost`, and what the database throws.
 */
export function createSettleDone(database: Database): (done: DoneOutcomes) => Promise<void> {
  const commits = new GroupCommit<DoneOutcomes, void>({
    commit: async (batch) => {
      // More than one fence: this worker has joined anew while an activation of before still had something to say.
      const byFence = Map.groupBy(batch, ({ fence }) => fence.replicaId);
      if (byFence.size > 1) throw new SeveralFences();
      await settle(database, batch);
      return batch.map(() => undefined);
    },
    maxItems: MAX_DESTINATIONS,
    maxWeight: MAX_OUTCOMES,
    weigh: ({ outcomes }) => outcomes.length,
    concurrency: IN_FLIGHT,
    maxWaiting: MAX_WAITING,
    isolate: (error) => !(error instanceof DatabaseUnavailable || error instanceof FenceLost),
  });
  return (done) => commits.add(done);
}

class SeveralFences extends Error {}

async function settle(database: Database, batch: readonly DoneOutcomes[]): Promise<void> {
  const { fence } = batch[0]!;
  const outcomes = batch.flatMap((one) => one.outcomes);
  const column = <Value>(type: ElementType, value: (outcome: Done) => Value): Value[] =>
    arrayOf(type, outcomes.map(value));
  const [row] = await database.prepared<{ fenced: number }>('settle_done', SETTLE_DONE_SQL, [
    fence.replicaId,
    column('uuid', ({ entry }) => entry.emailId),
    column('int4', ({ entry }) => entry.recipientNo),
    arrayOf(
      'text',
      batch.flatMap((one) => one.outcomes.map(() => one.destination)),
    ),
    database.now(),
    column('text', ({ entry }) => entry.forwardPath),
    column('text', ({ kind }) => kind),
    column('text', ({ remote }) => remote),
    column('text', (outcome) => (outcome.kind === 'delivered' ? '2.0.0' : outcome.status)),
    column('text', ({ reply }) => reply),
    column('text', ({ tls }) => tls ?? ''),
  ]);
  if (row?.fenced !== 1) throw new FenceLost(fence.replicaId);
}
