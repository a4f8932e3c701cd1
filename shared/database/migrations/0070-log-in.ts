import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Salt and iterations are those of the account when it was made: they serve beside its password, or not at all.
  `create table app_password (
     account_id bigint not null,
     name text not null,
     scopes text[] not null,
     salt bytea not null,
     iterations int not null,
     stored_key bytea not null,
     server_key bytea not null,
     created_at bigint not null,
     expires_at bigint,
     primary key (account_id, name))`,
  // The audit log of log-ins. It is pruned by housekeeping, by age and by number.
  `create table log_in (
     log_in_id bigint generated always as identity primary key,
     at bigint not null,
     account_id bigint,
     name text not null,
     protocol text not null,
     method text not null,
     remote text not null,
     outcome text not null,
     app_password text)`,
  `create index log_in_name on log_in (lower(name), log_in_id)`,
  // Whence an account logged in: guesses from elsewhere do not lock it out there.
  `create table known_network (
     account_id bigint not null,
     network text not null,
     last_at bigint not null,
     primary key (account_id, network))`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
