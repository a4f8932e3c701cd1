import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // An address of ours that a destination blocks gets none of its mail for a while.
  `create table source_pause (
     address text not null,
     destination text not null,
     until bigint not null,
     reason text not null,
     primary key (address, destination))`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
