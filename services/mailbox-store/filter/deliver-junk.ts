import type { Database } from '../../../shared/database/port.ts';
import type { Delivered, LocalEntry } from '../../../shared/spool/deliver.ts';
import { settleLocal } from '../../../shared/spool/settle-local.ts';
import type { Commits } from '../commits.ts';
import { fileMessage } from './file-message.ts';
import { junk } from './quarantine.ts';

/** Delivers one spool entry into Junk and settles it, in one transaction. Undefined: it was settled before. */
export async function deliverJunk(
  database: Database,
  commits: Commits,
  entry: LocalEntry,
): Promise<Delivered | undefined> {
  const { partition, account, emailId } = entry;
  const [row] = await database.prepared<{ size: number; queued_at: number }>(
    'spooled_junk',
    'select size, queued_at from spool_local where partition = $1 and account_id = $2 and email_id = $3',
    [partition, account, emailId],
  );
  if (row === undefined) return undefined;
  const now = database.now();
  return commits.turn(async (trx) =>
    (await settleLocal(trx, entry, true, now))
      ? fileMessage(trx, { account, now }, [junk([])], { emailId, size: row.size }, row.queued_at)
      : undefined,
  );
}
