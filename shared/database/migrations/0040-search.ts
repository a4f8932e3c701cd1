import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Folded text, read whole or not at all. Most lie in the row itself, compressed.
  `create table message_text (
     email_id uuid primary key,
     header text not null,
     body text not null,
     whole boolean not null) with (toast_tuple_target = 8160)`,
  // Whatever this Postgres was built with: lz4 costs a tenth of the default, and is not in all.
  `do $$ begin
     alter table message_text alter column header set compression lz4, alter column body set compression lz4;
   exception when others then null; end $$`,
  `create table message_sort (
     email_id uuid primary key,
     sent_at bigint,
     sent_day int,
     subject text not null,
     is_reply boolean not null,
     from_mailbox text not null,
     to_mailbox text not null,
     cc_mailbox text not null,
     from_display text not null,
     to_display text not null,
     message_ids text not null)`,
  `create table account_message (
     account_id bigint not null,
     ord int not null,
     email_id uuid not null,
     thread_id uuid not null,
     whole boolean not null,
     primary key (account_id, ord))`,
  `create unique index account_message_email on account_message (email_id, account_id)`,
  `create index account_message_thread on account_message (account_id, thread_id)`,
  `create index account_message_cut on account_message (account_id) where not whole`,
  `create table search_account (
     account_id bigint primary key,
     next_ord int not null default 0,
     segments int not null default 0) with (fillfactor = 60)`,
  `create table search_cursor (
     account_id bigint not null,
     mailbox_id bigint not null,
     uid bigint not null,
     primary key (account_id, mailbox_id)) with (fillfactor = 60)`,
  `create table search_slices (
     account_id bigint not null,
     segment int not null,
     row_no smallint not null,
     bits bytea not null,
     primary key (account_id, segment, row_no))`,
  `alter table search_slices alter column bits set storage plain`,
  `create table thread_reference (
     account_id bigint not null,
     key bigint not null,
     thread_id uuid not null,
     primary key (account_id, key))`,
  `create index thread_reference_thread on thread_reference (account_id, thread_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
