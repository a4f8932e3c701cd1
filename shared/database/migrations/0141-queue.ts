import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Since when an operator holds it, how long it was held before, and whether it stays where an operator has put it.
  `alter table spool_remote
     add column held_at bigint,
     add column held_ms bigint not null default 0,
     add column pinned boolean not null default false`,
  // What queued_at was: while an operator holds an entry, that lies ahead of all time.
  `alter table spool_local add column held_from bigint`,
  // Where mail of a sender's or for a recipient's domain goes, and from which of our addresses.
  `create table route (
     name text primary key,
     sender_domain text,
     recipient_domain text,
     host text,
     port int,
     tls text not null,
     username text,
     secret_file text,
     sources text[] not null,
     created_at bigint not null)`,
  `create table source_address (
     address text primary key,
     share int not null,
     paused_until bigint,
     paused_reason text)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
