import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // What was expunged, 16 bytes each in the order of `uids`: only here is it told which messages those were.
  `alter table journal add column email_ids bytea`,
  `alter table mailbox add column sort_order int`,
  `create table object_change (
     account_id bigint not null,
     mod_seq bigint not null,
     type text not null,
     object_id text not null,
     kind smallint not null,
     at bigint not null,
     primary key (account_id, mod_seq, type, object_id, kind))`,
  `create table message_summary (
     email_id uuid primary key,
     preview text not null,
     has_attachment boolean not null)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
