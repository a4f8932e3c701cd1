import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import { parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import { type Operation, refuse } from '../turn.ts';

interface Row {
  uid: number;
  email_id: string;
  size: number;
  internal_at: number;
  saved_at: number;
}

const MAX_FACTS = 5_000;

export const facts: Operation<'facts'> = async (turn, { mailboxId, uids }) => {
  const ranges = parseUidSet(uids);
  if (ranges === undefined) return refuse('not-found', 'not a set of uids');
  const rows = await turn.database.prepared<Row>(
    'message_facts',
    `select m.uid, m.email_id, m.size, m.internal_at, m.saved_at
     from unnest($3::bigint[], $4::bigint[]) r (low, high)
     join mailbox_message m on m.account_id = $1 and m.mailbox_id = $2 and m.uid between r.low and r.high
     order by m.uid limit $5`,
    [turn.account, mailboxId, ranges.low, ranges.high, MAX_FACTS + 1],
  );
  return {
    facts: rows.slice(0, MAX_FACTS).map((row) => ({
      uid: row.uid,
      emailId: emailIdOf(row.email_id),
      size: row.size,
      internalDate: row.internal_at,
      saveDate: row.saved_at,
    })),
    more: rows.length > MAX_FACTS,
  };
};
