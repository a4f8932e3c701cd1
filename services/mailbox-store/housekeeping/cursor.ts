import type { Trx } from '../turn.ts';
import { commit, type JobContext } from './job.ts';

/** Where the last round of a sweep ended, on whatever replica; undefined: at the beginning. */
export async function readCursor(context: JobContext, job: string): Promise<string | undefined> {
  const [row] = await context.database.prepared<{ cursor: string }>(
    'housekeeping_cursor',
    'select cursor from housekeeping where job = $1',
    [job],
  );
  return row?.cursor;
}

export function writeCursor(context: JobContext, job: string, cursor: string): Promise<void> {
  return commit(context, async (trx: Trx) => {
    await trx
      .insertInto('housekeeping')
      .values({ job, cursor })
      .onConflict((conflict) => conflict.column('job').doUpdateSet({ cursor }))
      .execute();
  });
}
