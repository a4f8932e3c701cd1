import { type Operation, refuse } from '../turn.ts';

interface Row {
  bytes_used: number;
  quota_bytes: number | null;
  messages_used: number;
  quota_messages: number | null;
}

export const quota: Operation<'quota'> = async (turn) => {
  const [row] = await turn.database.prepared<Row>(
    'quota',
    'select bytes_used, quota_bytes, messages_used, quota_messages from account where account_id = $1',
    [turn.account],
  );
  if (row === undefined) return refuse('no-account', 'no such account');
  return {
    bytesUsed: row.bytes_used,
    bytesLimit: row.quota_bytes,
    messagesUsed: row.messages_used,
    messagesLimit: row.quota_messages,
  };
};
