import { sql } from 'kysely';
import { splitAddress } from '../../../shared/account/address.ts';
import { partitionOf } from '../../../shared/actor/partition.ts';
import { commit, type Job, type JobContext } from './job.ts';

const ENTRIES_A_ROUND = 500;
/** Recipient numbers from here on: above those of any transaction, so that the attempts of both can be told apart. */
const FIRST_RECIPIENT_NO = 100_000;
/** Until then every process has forgotten the account: the directory's caches hold a few seconds. */
const FIRST_ATTEMPT_MS = 10_000;
/** Where a path without a domain goes: nowhere (RFC 2606). */
const NO_DOMAIN = 'invalid';

interface Orphan {
  partition: number;
  account_id: number;
  email_id: string;
  forward_path: string;
}

/**
 * Mail accepted for an account that was deleted before it was delivered. It becomes remote mail for the recipient's
 * domain; the relay worker finds that the address is ours and nobody's, and the sender gets a DSN.
 */
export function orphanedDeliveries(firstAttemptMs: number = FIRST_ATTEMPT_MS): Job {
  return {
    name: 'orphaned-deliveries',
    everyMs: 30_000,
    async round(context) {
      const orphans = await context.database.prepared<Orphan>(
        'orphaned',
        `select s.partition, s.account_id, s.email_id, s.forward_path from spool_local s
         where not exists (select from account a where a.account_id = s.account_id) limit $1`,
        [ENTRIES_A_ROUND],
      );
      const items = orphans.length === 0 ? 0 : await move(context, orphans, context.now() + firstAttemptMs);
      return { items, more: orphans.length === ENTRIES_A_ROUND };
    },
  };
}

async function move(context: JobContext, orphans: readonly Orphan[], attemptAt: number): Promise<number> {
  const destinations = orphans.map((orphan) => splitAddress(orphan.forward_path)?.domain ?? NO_DOMAIN);
  return commit(context, async (trx) => {
    const { numAffectedRows } = await sql`with gone as (
        delete from spool_local s
        using unnest(${orphans.map((o) => o.partition)}::smallint[], ${orphans.map((o) => o.account_id)}::bigint[],
          ${orphans.map((o) => o.email_id)}::uuid[], ${destinations}::text[], ${destinations.map(partitionOf)}::smallint[])
          as w (partition, account_id, email_id, destination, to_partition)
        where s.partition = w.partition and s.account_id = w.account_id and s.email_id = w.email_id
        returning s.*, w.destination, w.to_partition,
          convert_to('Return-Path: <' || s.reverse_path || '>' || chr(13) || chr(10), 'UTF8') as line)
      insert into spool_remote
        (destination, email_id, recipient_no, partition, forward_path, reverse_path, size, return_path_bytes, body,
         smtp_utf8, notify, original_recipient, envelope_id, return_content, require_tls, traceparent, queued_at,
         next_attempt_at)
      select g.destination, g.email_id,
        row_number() over (partition by g.destination, g.email_id order by g.account_id)
          + coalesce((select max(r.recipient_no) from spool_remote r where r.destination = g.destination
              and r.email_id = g.email_id and r.recipient_no >= ${FIRST_RECIPIENT_NO}::int), ${FIRST_RECIPIENT_NO - 1}::int),
        g.to_partition, g.forward_path, g.reverse_path, g.size,
        case when substring(coalesce(c.bytes, m.inline) for octet_length(g.line)) = g.line
          then octet_length(g.line) else 0 end,
        coalesce(g.dsn->>'body', '8bit'),
        coalesce((g.dsn->>'utf8')::boolean,
          octet_length(g.forward_path || g.reverse_path) <> char_length(g.forward_path || g.reverse_path)),
        coalesce((g.dsn->>'notify')::smallint, 0), g.dsn->>'original', g.dsn->>'envelope', g.dsn->>'content',
        coalesce((g.dsn->>'tls')::boolean, false), g.traceparent, coalesce(g.held_from, g.queued_at), ${attemptAt}::bigint
      from gone g left join message m on m.email_id = g.email_id
      left join message_chunk c on c.email_id = g.email_id and c.chunk_no = 0`.execute(trx);
    return Number(numAffectedRows ?? 0n);
  });
}
