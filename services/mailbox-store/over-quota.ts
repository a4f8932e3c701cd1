import type { Turn } from './turn.ts';

/** Would this much more exceed the account's quota? */
export async function overQuota(turn: Turn, messages: number, bytes: number): Promise<boolean> {
  const rows = await turn.database.prepared(
    'over_quota',
    `select 1 from account where account_id = $1
     and (messages_used + $2 > quota_messages or bytes_used + $3 > quota_bytes)`,
    [turn.account, messages, bytes],
  );
  return rows.length > 0;
}
