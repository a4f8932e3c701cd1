import { FENCE_SQL, type Fence, FenceLost } from '../actor/fence.ts';
import { arrayOf, type Database, type ElementType } from '../database/port.ts';
import type { RemoteOutcome } from './remote.ts';

const SETTLE_DONE_SQL = `with fence as materialized (${FENCE_SQL}),
gone as (
  delete from spool_remote s using unnest($2::uuid[], $3::int[]) as d (email_id, recipient_no)
  where s.destination = $4::text and s.email_id = d.email_id and s.recipient_no = d.recipient_no
    and exists (select from fence)
  returning s.email_id),
released as (
  insert into message_release (email_id, released_at) select distinct email_id, $5::bigint from gone),
attempts as (
  insert into spool_attempt (email_id, recipient_no, attempt_at, destination, forward_path, outcome, remote, status, reply, tls)
  select a.email_id, a.recipient_no, $5::bigint, $4::text, a.forward_path, a.outcome, a.remote, a.status, a.reply, a.tls
  from unnest($2::uuid[], $3::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
    as a (email_id, recipient_no, forward_path, outcome, remote, status, reply, tls)
  where exists (select from fence)
  on conflict do nothing)
select count(*)::int as fenced from fence`;

type Done = Exclude<RemoteOutcome, { kind: 'retry' }>;

export const isDone = (outcome: RemoteOutcome): outcome is Done => outcome.kind !== 'retry';

/** Settles what is over and calls for no DSN, which is nearly all: one statement, one round trip, one transaction. Throws `FenceLost`. */
export async function settleDone(
  database: Database,
  fence: Fence,
  destination: string,
  outcomes: readonly Done[],
  now: number,
): Promise<void> {
  const column = <Value>(type: ElementType, value: (outcome: Done) => Value): Value[] =>
    arrayOf(type, outcomes.map(value));
  const [row] = await database.prepared<{ fenced: number }>('settle_done', SETTLE_DONE_SQL, [
    fence.replicaId,
    column('uuid', ({ entry }) => entry.emailId),
    column('int4', ({ entry }) => entry.recipientNo),
    destination,
    now,
    column('text', ({ entry }) => entry.forwardPath),
    column('text', ({ kind }) => kind),
    column('text', ({ remote }) => remote),
    column('text', (outcome) => (outcome.kind === 'delivered' ? '2.0.0' : outcome.status)),
    column('text', ({ reply }) => reply),
    column('text', ({ tls }) => tls ?? ''),
  ]);
  if (row?.fenced !== 1) throw new FenceLost(fence.replicaId);
}
