import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table sieve_script (
     account_id bigint not null,
     name text not null,
     content text not null,
     active boolean not null default false,
     primary key (account_id, name))`,
  `create unique index sieve_script_active on sieve_script (account_id) where active`,
  `create table sieve_seen (
     account_id bigint not null,
     key bytea not null,
     expires_at bigint not null,
     primary key (account_id, key))`,
  `create index sieve_seen_expires on sieve_seen (expires_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
