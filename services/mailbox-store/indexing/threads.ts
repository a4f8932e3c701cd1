import { sql } from 'kysely';
import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import { threadKeys } from '../../../shared/search/sort-values.ts';
import type { Trx } from '../turn.ts';

/**
 * The thread of each message in its account: that of the first message there that shares a Message-ID with it, among
 * their own and their references, and the base subject (RFC 8621 §3); else one of its own, named after it. A thread id is
 * for ever (RFC 8474 §5.2): a message that connects two threads joins the one that its earliest reference leads to.
 * The caller holds the accounts' `search_account` rows.
 */
export async function assignThreads(
  trx: Trx,
  places: readonly { readonly account: number; readonly emailId: EmailId }[],
): Promise<string[]> {
  const { rows: values } = await sql<{ email_id: string; message_ids: string; subject: string }>`
    select email_id, message_ids, subject from message_sort
    where email_id = any(${places.map((place) => place.emailId)}::uuid[])`.execute(trx);
  const keysOf = new Map(
    values.map((row) => [
      emailIdOf(row.email_id),
      threadKeys({ messageIds: row.message_ids, subject: row.subject }),
    ]),
  );
  const wanted = places.flatMap(({ account, emailId }) =>
    (keysOf.get(emailId) ?? []).map((key) => ({ account, key })),
  );
  const { rows: known } = await sql<{ account_id: number; key: number; thread_id: string }>`
    select r.account_id, r.key, r.thread_id from unnest(${wanted.map((one) => one.account)}::bigint[],
      ${wanted.map((one) => one.key)}::bigint[]) w (account_id, key)
    join thread_reference r using (account_id, key)`.execute(trx);
  const threads = new Map(known.map((row) => [`${row.account_id} ${row.key}`, emailIdOf(row.thread_id)]));
  const fresh = new Map<string, { account: number; key: number; thread: string }>();
  const assigned = places.map(({ account, emailId }) => {
    const keys = keysOf.get(emailId) ?? [];
    const [own, ...references] = keys;
    const led = [...references, ...(own === undefined ? [] : [own])]
      .map((key) => threads.get(`${account} ${key}`))
      .find((thread) => thread !== undefined);
    const thread = led ?? emailId;
    for (const key of keys) {
      const name = `${account} ${key}`;
      if (threads.has(name)) continue;
      threads.set(name, thread);
      fresh.set(name, { account, key, thread });
    }
    return thread;
  });
  const rows = [...fresh.values()];
  if (rows.length > 0)
    await sql`insert into thread_reference (account_id, key, thread_id)
      select * from unnest(${rows.map((row) => row.account)}::bigint[], ${rows.map((row) => row.key)}::bigint[],
        ${rows.map((row) => row.thread)}::uuid[])
      on conflict do nothing`.execute(trx);
  return assigned;
}
