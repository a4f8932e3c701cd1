import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table upload (
     account_id bigint not null,
     email_id uuid not null,
     type text not null,
     size bigint not null,
     created_at bigint not null,
     primary key (account_id, email_id))`,
  `create index upload_at on upload (created_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
