import { sql } from 'kysely';
import { emailIdBound } from '../../../shared/mailbox/email-id.ts';
import { commit, type Job } from './job.ts';

/** Longer than mail waits in the spool, so that a message's history is whole while anybody asks for it. */
const KEPT_MS = 14 * 24 * 3_600_000;
const ROWS_A_ROUND = 5_000;

/** What came of attempts to relay. Found by the id of the message, which is older than any attempt: no index by time. */
export function attempts(keptMs: number = KEPT_MS): Job {
  return {
    name: 'attempts',
    everyMs: 3_600_000,
    async round(context) {
      const before = context.now() - keptMs;
      const items = await commit(context, async (trx) => {
        const gone = await sql`delete from spool_attempt where ctid = any(array(
          select ctid from spool_attempt where email_id < ${emailIdBound(before)}::uuid and attempt_at < ${before}
          limit ${ROWS_A_ROUND}))`.execute(trx);
        return Number(gone.numAffectedRows ?? 0n);
      });
      return { items, more: items === ROWS_A_ROUND };
    },
  };
}
