import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Read by the thousand: narrow, in the row itself, not compressed.
  `create table message_items (
     email_id uuid primary key,
     envelope text,
     body_structure text) with (toast_tuple_target = 8160)`,
  `alter table message_items alter column envelope set storage external, alter column body_structure set storage external`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
