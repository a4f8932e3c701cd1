import type { MailboxReply, MailboxVerb } from '../../shared/mailbox/operations.ts';
import type { Trx, Turn } from './turn.ts';

/** A repeated request is answered, not done again: the reply is committed with the work. */
export async function answered<V extends MailboxVerb>(
  turn: Turn,
  requestId: string,
): Promise<MailboxReply<V> | undefined> {
  const [row] = await turn.database.prepared<{ reply: string }>(
    'request_reply',
    'select reply from request_reply where account_id = $1 and request_id = $2',
    [turn.account, requestId],
  );
  return row === undefined ? undefined : (JSON.parse(row.reply) as MailboxReply<V>);
}

export async function remember<Reply extends object>(
  trx: Trx,
  turn: Turn,
  requestId: string,
  reply: Reply,
): Promise<Reply> {
  await trx
    .insertInto('request_reply')
    .values({ account_id: turn.account, request_id: requestId, reply: JSON.stringify(reply), at: turn.now })
    .execute();
  return reply;
}
