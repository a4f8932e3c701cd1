import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import { parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import { uidBounds } from '../mailbox-rows.ts';
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
  const { first, last, multirange } = uidBounds(ranges);
  const rows = await turn.database.prepared<Row>(
    'message_facts',
    `select uid, email_id, size, internal_at, saved_at from mailbox_message
     where account_id = $1 and mailbox_id = $2 and uid between $3 and $4 and uid <@ $5::int8multirange
     order by uid limit $6`,
    [turn.account, mailboxId, first, last, multirange, MAX_FACTS + 1],
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
