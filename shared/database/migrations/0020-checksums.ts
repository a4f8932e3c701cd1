import { type Kysely, sql } from 'kysely';

/** CRC-32 of the bytes of a row, as a signed integer; null where an older release wrote the row. */
const STATEMENTS = [
  `alter table message add column crc32 int`,
  `alter table message_chunk add column crc32 int`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
