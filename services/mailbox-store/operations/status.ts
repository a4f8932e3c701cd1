import { infoOf, type MailboxRow, mailboxByName } from '../mailbox-rows.ts';
import { type Operation, refuse, type Turn } from '../turn.ts';

export const status: Operation<'status'> = async (turn, { name, deletedSize }) => {
  const row = await mailboxByName(turn, name);
  if (!row?.present) return refuse('not-found', 'no such mailbox');
  if (!deletedSize) return infoOf(row);
  return { ...infoOf(row), deletedSize: await sizeOfDeleted(turn, row) };
};

/** Bytes. Not a counter: it is asked for rarely, and every flag change would have to keep it. */
async function sizeOfDeleted(turn: Turn, row: MailboxRow): Promise<number> {
  if (row.deleted === 0) return 0;
  const [sum] = await turn.database.prepared<{ bytes: number }>(
    'mailbox_deleted_size',
    `select coalesce(sum(size), 0)::bigint as bytes from mailbox_message
     where account_id = $1 and mailbox_id = $2 and (flags & 8) <> 0`,
    [turn.account, row.mailbox_id],
  );
  return sum?.bytes ?? 0;
}
