import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // What a DSN about the entry needs to know (RFC 3461), as accept.ts writes it; null for nearly all mail.
  `alter table spool_local add column dsn jsonb`,
  `alter table spool_remote
     add column priority smallint not null default 0,
     add column require_tls boolean not null default false,
     add column deliver_by_at bigint,
     add column deliver_by text,
     add column report text`,
  // A claim goes through the priorities from the highest down, each by due time.
  `create index spool_remote_priority_due on spool_remote (destination, priority, next_attempt_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
