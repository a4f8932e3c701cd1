import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Who still names a message. Its ids rise with time, so inserts stay at the right edge and updates of flags stay HOT.
  `create index mailbox_message_email on mailbox_message (email_id)`,
  // Not unique on purpose: two accounts that let go of one message must not wait for one another.
  `create table message_release (
     email_id uuid not null,
     released_at bigint not null)
     with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0)`,
  `create index message_release_at on message_release (released_at)`,
  `create table housekeeping (
     job text primary key,
     cursor text not null)`,
  `alter table account add column journal_from bigint not null default 0`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
