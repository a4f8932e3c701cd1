import { sql } from 'kysely';
import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import { formatUidSet } from '../../../shared/mailbox/uid-set.ts';
import { canonicalName, JOURNAL_EXPUNGED, mailboxByName, nextModSeq, writeJournal } from '../mailbox-rows.ts';
import { OBJECT_DESTROYED, writeObjectChanges } from '../object-changes.ts';
import { dropIdlePlaceholders } from '../placeholders.ts';
import { type Operation, refuse } from '../turn.ts';

export const deleteMailbox: Operation<'delete'> = async (turn, request) => {
  const name = canonicalName(request.name);
  if (name === 'INBOX') return refuse('inbox', 'INBOX cannot be deleted');
  const row = await mailboxByName(turn, name);
  if (row === undefined) return refuse('not-found', 'no such mailbox');
  const children = await turn.database.prepared(
    'mailbox_children',
    'select 1 from mailbox where account_id = $1 and present and starts_with(name, $2) limit 1',
    [turn.account, name + HIERARCHY_DELIMITER],
  );
  if (!row.present) {
    return children.length > 0
      ? refuse('has-children', 'the name has children')
      : refuse('not-found', 'no such mailbox');
  }
  return turn.commit(async (trx) => {
    const { rows: gone } = await sql<{ uid: number; email_id: string }>`with gone as (
        delete from mailbox_message
        where account_id = ${row.account_id} and mailbox_id = ${row.mailbox_id} returning uid, email_id),
      released as (
        insert into message_release (email_id, released_at) select email_id, ${turn.now}::bigint from gone)
      select uid, email_id from gone order by uid`.execute(trx);
    const modSeq = await nextModSeq(trx, turn, -row.messages, -row.bytes);
    await writeObjectChanges(trx, turn, modSeq, 'Mailbox', OBJECT_DESTROYED, [row.mailbox_id]);
    if (gone.length > 0) {
      const uids = formatUidSet(gone.map(({ uid }) => uid));
      const emailIds = gone.map(({ email_id }) => email_id);
      await writeJournal(trx, turn, modSeq, row.mailbox_id, JOURNAL_EXPUNGED, uids, emailIds);
    }
    // RFC 9051 §6.3.5: the name stays while it has children, and on the subscription list.
    await trx
      .updateTable('mailbox')
      .set({ present: false, special_use: null, messages: 0, unseen: 0, deleted: 0, bytes: 0 })
      .where('account_id', '=', row.account_id)
      .where('mailbox_id', '=', row.mailbox_id)
      .execute();
    for (const table of ['mailbox_acl', 'annotation'] as const) {
      await trx
        .deleteFrom(table)
        .where('account_id', '=', row.account_id)
        .where('mailbox_id', '=', row.mailbox_id)
        .execute();
    }
    await dropIdlePlaceholders(trx, turn);
    return {};
  });
};
