import { sql } from 'kysely';
import { commit, type Job } from './job.ts';

/** Long enough to look into what a user reports, no longer than such data should be kept. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** About 200 MB. */
const MAX_ROWS = 1_000_000;
const ROWS_A_ROUND = 5_000;

/** The audit log of log-ins, by age and by number, and the networks whence nobody logged in for as long. */
export function logIns(keptMs: number = KEPT_MS, maxRows: number = MAX_ROWS): Job {
  return {
    name: 'log-ins',
    everyMs: 600_000,
    async round(context) {
      const before = context.now() - keptMs;
      return commit(context, async (trx) => {
        const log = await sql`delete from log_in where log_in_id = any(array(
          select log_in_id from log_in
           where at < ${before} or log_in_id <= (select coalesce(max(log_in_id), 0) from log_in) - ${maxRows}
           order by log_in_id limit ${ROWS_A_ROUND}))`.execute(trx);
        const networks = await sql`delete from known_network where ctid = any(array(
          select ctid from known_network where last_at < ${before} limit ${ROWS_A_ROUND}))`.execute(trx);
        const items = Number((log.numAffectedRows ?? 0n) + (networks.numAffectedRows ?? 0n));
        return { items, more: items >= ROWS_A_ROUND };
      });
    },
  };
}
