import { sql } from 'kysely';
import { collectUnreferred } from './collect.ts';
import { commit, type Job } from './job.ts';

/** Whoever reads a message that was expunged meanwhile, or tries something again, is done by then. */
export const GRACE_MS = 24 * 3_600_000;
const RELEASES_A_ROUND = 500;

/** Bytes of messages whose last reference went away: expunged, settled, deleted with their mailbox or account. */
export function releasedMessages(graceMs: number = GRACE_MS): Job {
  return {
    name: 'released-messages',
    everyMs: 300_000,
    async round(context) {
      const releases = await context.database.prepared<{ email_id: string; released_at: number }>(
        'released',
        'select email_id, released_at from message_release where released_at < $1 order by released_at limit $2',
        [context.now() - graceMs, RELEASES_A_ROUND],
      );
      if (releases.length === 0) return { items: 0, more: false };
      const emailIds = [...new Set(releases.map((release) => release.email_id))];
      const collected = await collectUnreferred(context, emailIds);
      // What is still named somewhere is released anew when that goes, too.
      await commit(context, (trx) =>
        sql`delete from message_release
          where released_at <= ${releases.at(-1)!.released_at} and email_id = any(${emailIds}::uuid[])`.execute(
          trx,
        ),
      );
      return { ...collected, more: releases.length === RELEASES_A_ROUND };
    },
  };
}
