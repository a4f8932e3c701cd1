import { ask, type Stage } from './finding.ts';

const ACCOUNTS_A_BATCH = 100;

/** Messages of these accounts, counted by mailbox. */
const COUNTED = `counted as (
  select account_id, mailbox_id, count(*) as messages, count(*) filter (where (flags & 1) = 0) as unseen,
    count(*) filter (where (flags & 8) <> 0) as deleted, sum(size) as bytes, min(uid) as first, max(uid) as last, max(mod_seq) as mod_seq
  from mailbox_message where account_id = any($1::bigint[]) group by account_id, mailbox_id),
boxes as (select * from mailbox where account_id = any($1::bigint[]))`;

/** A sequence set of the journal as a multirange: 1:3,5 is {[1,3],[5,5]}. */
const RANGES = `('{' || regexp_replace(regexp_replace(j.uids, '(^|,)(\\d+)(?=,|$)', '\\1\\2:\\2', 'g'), '(\\d+):(\\d+)', '[\\1,\\2]', 'g') || '}')::int8multirange`;

const QUESTIONS: readonly (readonly [check: string, sql: string])[] = [
  [
    'mailbox counters',
    `with ${COUNTED} select format('account %s mailbox %s: has %s messages, %s unseen, %s deleted, %s bytes; says %s, %s, %s, %s', b.account_id, b.mailbox_id,
       coalesce(c.messages, 0), coalesce(c.unseen, 0), coalesce(c.deleted, 0), coalesce(c.bytes, 0), b.messages, b.unseen, b.deleted, b.bytes) as what
     from boxes b left join counted c using (account_id, mailbox_id)
     where (b.messages, b.unseen, b.deleted, b.bytes)
       is distinct from (coalesce(c.messages, 0), coalesce(c.unseen, 0), coalesce(c.deleted, 0), coalesce(c.bytes, 0))`,
  ],
  [
    'quota used',
    `with ${COUNTED}, used as (select account_id, sum(messages) as messages, sum(bytes) as bytes from counted group by account_id)
     select format('account %s: has %s messages, %s bytes; says %s, %s', a.account_id, coalesce(u.messages, 0), coalesce(u.bytes, 0),
       a.messages_used, a.bytes_used) as what
     from account a left join used u using (account_id)
     where a.account_id = any($1::bigint[]) and (a.messages_used, a.bytes_used) is distinct from (coalesce(u.messages, 0), coalesce(u.bytes, 0))`,
  ],
  [
    'uids below UIDNEXT',
    `with ${COUNTED} select format('account %s mailbox %s: uids %s to %s, UIDNEXT %s', account_id, mailbox_id, c.first, c.last, b.uid_next) as what
     from counted c join boxes b using (account_id, mailbox_id) where c.first < 1 or c.last >= b.uid_next`,
  ],
  [
    'MODSEQ order',
    `with ${COUNTED} select format('account %s mailbox %s: messages up to %s, mailbox %s, account %s', b.account_id, b.mailbox_id, c.mod_seq, b.mod_seq, a.mod_seq) as what
     from boxes b join account a using (account_id) left join counted c using (account_id, mailbox_id)
     where c.mod_seq > b.mod_seq or b.mod_seq > a.mod_seq`,
  ],
  [
    'mailboxes and their accounts',
    `with ${COUNTED} select format('account %s mailbox %s: %s messages, mailbox %s', c.account_id, c.mailbox_id, c.messages,
       case when b.mailbox_id is null then 'missing' else 'a placeholder' end) as what
     from counted c left join boxes b using (account_id, mailbox_id) where b.present is distinct from true
     union all
     select format('account %s: no INBOX', a.account_id) from account a
     where a.account_id = any($1::bigint[])
       and not exists (select from mailbox b where b.account_id = a.account_id and b.mailbox_id = 1 and b.present)
     union all
     select format('account %s mailbox %s: number or UIDVALIDITY %s above the account''s last', b.account_id, b.mailbox_id, b.uid_validity)
     from boxes b join account a using (account_id) where b.mailbox_id >= a.mailbox_next or b.uid_validity > a.uid_validity_last`,
  ],
  [
    'journal',
    `select format('account %s mailbox %s uid %s: MODSEQ %s is not in the journal', m.account_id, m.mailbox_id, m.uid, m.mod_seq) as what
     from mailbox_message m join account a using (account_id)
     where m.account_id = any($1::bigint[]) and m.mod_seq > a.journal_from and not exists (
       select from journal j where j.account_id = m.account_id and j.mod_seq = m.mod_seq and j.mailbox_id = m.mailbox_id
         and j.kind in (1, 2) and m.uid <@ ${RANGES})
     union all
     select format('account %s: the journal is at %s, the account at %s', a.account_id, max(j.mod_seq), a.mod_seq)
     from account a join journal j using (account_id)
     where a.account_id = any($1::bigint[]) group by a.account_id having max(j.mod_seq) > a.mod_seq`,
  ],
  [
    'messages that mailboxes name',
    `select format('account %s mailbox %s uid %s: message %s %s', m.account_id, m.mailbox_id, m.uid, m.email_id,
       case when s.email_id is null then 'is not in storage' else format('has %s bytes and not %s', s.size, m.size) end) as what
     from mailbox_message m left join message s using (email_id)
     where m.account_id = any($1::bigint[]) and s.size is distinct from m.size`,
  ],
];

/** Accounts by id: mailboxes, counters, UIDs, MODSEQs, journals. */
export const accounts: Stage = async (database, after) => {
  const rows = await database.prepared<{ account_id: number }>(
    'doctor_account_page',
    `select account_id from account where account_id > $1 order by account_id limit ${ACCOUNTS_A_BATCH}`,
    [after ?? 0],
  );
  const ids = rows.map((row) => row.account_id);
  const findings = [];
  for (const [check, sql] of ids.length > 0 ? QUESTIONS : [])
    findings.push(...(await ask(database, check, `select what from (${sql}) q`, [ids])));
  const next = ids.length < ACCOUNTS_A_BATCH ? null : String(ids.at(-1));
  return { findings, checked: ids.length, next };
};
