import { infoOf, mailboxByName } from '../mailbox-rows.ts';
import { type Operation, refuse, type Turn } from '../turn.ts';

export const select: Operation<'select'> = async (turn, { name, claimRecent }) => {
  const row = await mailboxByName(turn, name);
  if (!row?.present) return refuse('not-found', 'no such mailbox');
  if (claimRecent) await claimRecents(turn, row.mailbox_id, row.recent_from, row.uid_next);
  return { mailbox: infoOf(row), recentFrom: row.recent_from };
};

/** \Recent belongs to the first session that hears of a message (RFC 3501 §2.3.2). Writes only when there is something to claim. */
export async function claimRecents(
  turn: Turn,
  mailboxId: number,
  recentFrom: number,
  uidNext: number,
): Promise<void> {
  if (recentFrom >= uidNext) return;
  await turn.commit((trx) =>
    trx
      .updateTable('mailbox')
      .set({ recent_from: uidNext })
      .where('account_id', '=', Number(turn.account))
      .where('mailbox_id', '=', mailboxId)
      .execute(),
  );
}
