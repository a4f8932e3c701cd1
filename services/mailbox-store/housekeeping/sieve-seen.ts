import { sql } from 'kysely';
import { commit, type Job } from './job.ts';

const ROWS_A_ROUND = 5_000;

/** What scripts remembered, once it has expired. */
export function sieveSeen(): Job {
  return {
    name: 'sieve-seen',
    everyMs: 300_000,
    async round(context) {
      const items = await commit(context, async (trx) => {
        const gone = await sql`delete from sieve_seen where ctid = any(array(
          select ctid from sieve_seen where expires_at < ${context.now()} limit ${ROWS_A_ROUND}))`.execute(
          trx,
        );
        return Number(gone.numAffectedRows ?? 0n);
      });
      return { items, more: items === ROWS_A_ROUND };
    },
  };
}
