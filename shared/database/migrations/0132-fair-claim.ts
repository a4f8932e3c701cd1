import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Who sends, whatever a mailing writes behind + or = to know its bounces apart (VERP): claims take senders in turn.
  // An attempt whose outcome is not known: the next one may deliver the message once more, which is counted.
  `alter table spool_remote
     add column sender text not null
       generated always as (lower(regexp_replace(reverse_path, '^([^+=@]*)[+=][^@]*', '\\1'))) stored,
     add column uncertain boolean not null default false`,
  `create index spool_remote_sender_due on spool_remote (destination, priority, sender, next_attempt_at)`,
  // A walk from destination to destination, however many entries each has.
  `create index spool_remote_partition_destination on spool_remote (partition, destination, next_attempt_at)`,
  `drop index spool_remote_destination_due`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
