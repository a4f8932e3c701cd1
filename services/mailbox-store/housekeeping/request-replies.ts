import { sql } from 'kysely';
import { commit, type Job } from './job.ts';

/** A request is asked again for 15 s (`MailboxClient.ask`). */
const KEPT_MS = 3_600_000;
const ROWS_A_ROUND = 5_000;

/** Replies kept for requests that might come again. */
export function requestReplies(keptMs: number = KEPT_MS): Job {
  return {
    name: 'request-replies',
    everyMs: 300_000,
    async round(context) {
      const items = await commit(context, async (trx) => {
        const gone = await sql`delete from request_reply where ctid = any(array(
          select ctid from request_reply where at < ${context.now() - keptMs} limit ${ROWS_A_ROUND}))`.execute(
          trx,
        );
        return Number(gone.numAffectedRows ?? 0n);
      });
      return { items, more: items === ROWS_A_ROUND };
    },
  };
}
