import { emailIdBound } from '../../../shared/mailbox/email-id.ts';
import { collectUnreferred } from './collect.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Job } from './job.ts';

/** Twice the time after which a message on its way in is no longer taken (`MAX_STAGED_MS`). */
export const GRACE_MS = 24 * 3_600_000;
const MESSAGES_A_ROUND = 500;
const JOB = 'unreferred-messages';

/**
 * Messages and chunks that nothing ever named: streams broken off, appends that were refused. Ids rise with time,
 * so each message is looked at once, when it is a day old; what loses its references later is released (`message_release`).
 */
export function unreferredMessages(graceMs: number = GRACE_MS): Job {
  return {
    name: JOB,
    everyMs: 300_000,
    async round(context) {
      const cursor = (await readCursor(context, JOB)) ?? emailIdBound(0);
      const rows = await context.database.prepared<{ email_id: string }>(
        'made_between',
        `select email_id from (
           (select email_id from message where email_id > $1::uuid and email_id < $2::uuid order by email_id limit $3)
           union
           (select distinct email_id from message_chunk
            where chunk_no <= 1 and email_id > $1::uuid and email_id < $2::uuid order by email_id limit $3)) made
         order by email_id limit $3`,
        [cursor, emailIdBound(context.now() - graceMs), MESSAGES_A_ROUND],
      );
      if (rows.length === 0) return { items: 0, more: false };
      const emailIds = rows.map((row) => row.email_id);
      const collected = await collectUnreferred(context, emailIds);
      await writeCursor(context, JOB, emailIds.at(-1)!);
      return { ...collected, more: rows.length === MESSAGES_A_ROUND };
    },
  };
}
