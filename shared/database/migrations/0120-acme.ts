import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table acme_certificate (
     name text primary key,
     chain text,
     key text,
     not_after bigint not null default 0,
     updated_at bigint not null default 0,
     attempt_at bigint not null default 0,
     claimed_until bigint not null default 0,
     failures int not null default 0,
     problem text)`,
  `create table acme_challenge (
     token text primary key,
     domain text not null,
     response text not null,
     expires_at bigint not null)`,
  `create index acme_challenge_domain on acme_challenge (domain)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
