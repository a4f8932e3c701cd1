import { rawQuery } from '../../../shared/database/raw-query.ts';
import { CHUNK_BYTES } from '../../../shared/storage/port.ts';
import { commit, type JobContext } from './job.ts';

/** Deleting goes over all pages of the bytes: this much a transaction, so that none takes long. */
const BYTES_A_COMMIT = 33_554_432;

export interface Collected {
  readonly items: number;
  readonly bytes: number;
}

interface Dead {
  email_id: string;
  bytes: number;
}

/**
 * Who names a message. In one snapshot with what is decided by it: a copy, a move, a delivery change a reference
 * for another in one transaction, so that a snapshot sees the one or the other. The spool tables have no index by message
 * and are read whole; `in (select …)` makes that a hash join under a generic plan, too.
 */
const REFERRED = `referred as materialized (
  select email_id from mailbox_message where email_id = any($1::uuid[])
  union select email_id from spool_local where email_id in (select unnest($1::uuid[]))
  union select email_id from spool_remote where email_id in (select unnest($1::uuid[])))`;

/**
 * Deletes the bytes of those of these messages that nothing names. The caller vouches that they are old enough: nobody
 * reads them any more, and nobody is about to name them for the first time.
 */
export async function collectUnreferred(
  context: JobContext,
  emailIds: readonly string[],
): Promise<Collected> {
  const total = { items: 0, bytes: 0 };
  const dead = await context.database.prepared<Dead>(
    'unreferred',
    `with ${REFERRED}
     select u.email_id, coalesce(m.size, c.n * ${CHUNK_BYTES}) as bytes from unnest($1::uuid[]) u (email_id)
     left join message m using (email_id)
     left join lateral (select count(*) as n from message_chunk c where c.email_id = u.email_id) c on m.email_id is null
     where not exists (select from referred r where r.email_id = u.email_id)
       and (m.email_id is not null or c.n > 0)`,
    [emailIds],
  );
  while (dead.length > 0) {
    const batch = takeBytes(dead);
    const collected = await deleteUnreferred(context, batch);
    total.items += collected;
    total.bytes += batch.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  return total;
}

/** The first ones, up to `BYTES_A_COMMIT` of them but at least one, are taken out of `dead`. */
function takeBytes(dead: Dead[]): Dead[] {
  let bytes = 0;
  let count = 0;
  while (count < dead.length) {
    bytes += dead[count]!.bytes;
    if (count > 0 && bytes > BYTES_A_COMMIT) break;
    count++;
  }
  return dead.splice(0, count);
}

async function deleteUnreferred(context: JobContext, batch: readonly Dead[]): Promise<number> {
  const ids = batch.map(({ email_id }) => email_id);
  return commit(context, async (trx) => {
    // Looked at again, as time has passed.
    const { rows } = await trx.executeQuery<{ n: number }>(
      rawQuery(
        `with ${REFERRED},
         dead as materialized (
           select u.email_id from unnest($1::uuid[]) u (email_id)
           where not exists (select from referred r where r.email_id = u.email_id)),
         messages as (delete from message m using dead d where m.email_id = d.email_id),
         chunks as (delete from message_chunk c using dead d where c.email_id = d.email_id),
         texts as (delete from message_text t using dead d where t.email_id = d.email_id),
         items as (delete from message_items i using dead d where i.email_id = d.email_id),
         summaries as (delete from message_summary s using dead d where s.email_id = d.email_id),
         sorts as (delete from message_sort s using dead d where s.email_id = d.email_id),
         places as (
           delete from account_message a using dead d where a.email_id = d.email_id
           returning a.account_id, a.thread_id, a.email_id),
         threads as (
           delete from thread_reference r using places p
           where r.account_id = p.account_id and r.thread_id = p.thread_id and not exists (
             select from account_message a where a.account_id = p.account_id and a.thread_id = p.thread_id
               and a.email_id not in (select email_id from dead)))
         select count(*)::int as n from dead`,
        [ids],
      ),
    );
    return rows[0]?.n ?? 0;
  });
}
