import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table account_object (
     account_id bigint not null,
     type text not null,
     object_id text not null,
     value text not null,
     primary key (account_id, type, object_id))`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
