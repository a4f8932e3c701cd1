import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table dkim_key (
     domain text not null,
     selector text not null,
     algorithm text not null,
     public_key text not null,
     private_key bytea,
     state text not null,
     created_at bigint not null,
     signing_at bigint,
     retired_at bigint,
     primary key (domain, selector))`,
  // Who answers for a message to others: the domain that signs it, or that seals it when it is only passed on.
  `alter table spool_remote
     add column signer text,
     add column forwarded boolean not null default false`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
