import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table received_report (
     report_id bigint generated always as identity primary key,
     kind text not null,
     domain text not null,
     reporter text not null,
     external_id text not null,
     begins_at bigint not null,
     ends_at bigint not null,
     received_at bigint not null,
     total bigint not null,
     failed bigint not null,
     content jsonb not null,
     unique (kind, domain, reporter, external_id))`,
  `create index received_report_age on received_report (received_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
