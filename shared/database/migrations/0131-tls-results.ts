import { type Kysely, sql } from 'kysely';

const STATEMENTS = [
  // Sessions by how their TLS was, by day (since 1970, UTC) and policy domain (RFC 8460), until they are reported.
  `create table tls_result (
     day int not null,
     policy_domain text not null,
     key text not null,
     policy_type text not null,
     policy_string text not null,
     policy_mx text not null,
     result text not null,
     sending_ip text not null,
     receiving_mx text not null,
     receiving_ip text not null,
     detail text not null,
     sessions bigint not null,
     primary key (day, policy_domain, key))
     with (fillfactor = 70)`,
  // Who reports a day to a domain, and since when it is done.
  `create table tls_report (
     day int not null,
     policy_domain text not null,
     claimed_at bigint not null,
     attempts int not null default 1,
     primary key (day, policy_domain))`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
