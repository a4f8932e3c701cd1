import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table web_session (
     token_hash bytea primary key,
     session_id text not null,
     account_id bigint not null,
     created_at bigint not null,
     seen_at bigint not null,
     expires_at bigint not null,
     remote text not null,
     client text not null,
     password_check bytea not null) with (fillfactor = 80)`,
  `create index web_session_account on web_session (account_id, session_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
