import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // A mailing list is an alias with an owner, who gets what comes back (RFC 5321 §3.9.2).
  `create table alias_owner (
     address text primary key,
     owner text not null)`,
  // Keys that all replicas share and nobody has to set, made by whoever needs one first.
  `create table server_key (
     name text primary key,
     key bytea not null,
     created_at timestamptz not null default now())`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
