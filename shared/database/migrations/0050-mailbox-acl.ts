import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  `create table mailbox_acl (
     account_id bigint not null,
     mailbox_id bigint not null,
     identifier text not null,
     rights text not null,
     primary key (account_id, mailbox_id, identifier))`,
  // What is shared with an account, and the groups that it is in.
  `create index mailbox_acl_identifier on mailbox_acl (identifier, account_id)`,
  `create index alias_target on alias (target)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
