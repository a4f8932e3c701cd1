import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table annotation (
     account_id bigint not null,
     mailbox_id bigint not null,
     reader_id bigint not null,
     entry text not null,
     value bytea not null,
     primary key (account_id, mailbox_id, reader_id, entry))`,
  // What an account noted on mailboxes of others goes with it.
  `create index annotation_reader on annotation (reader_id) where reader_id <> 0`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
