import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // MTA-STS policies of others (RFC 8461 §5.1), until they expire.
  `create table mta_sts_policy (
     domain text primary key,
     policy_id text not null,
     mode text not null,
     mx text[] not null,
     max_age bigint not null,
     fetched_at bigint not null,
     expires_at bigint not null)`,
  `create index mta_sts_policy_expires on mta_sts_policy (expires_at)`,
  // What the connection of an attempt was: 'TLSv1.3 dane', 'clear'.
  `alter table spool_attempt add column tls text not null default ''`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
