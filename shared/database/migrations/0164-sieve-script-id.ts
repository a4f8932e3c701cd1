import { type Kysely, sql } from 'kysely';

const STATEMENTS = [`alter table sieve_script add column script_id uuid not null default gen_random_uuid()`];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
