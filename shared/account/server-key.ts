import { randomBytes } from 'node:crypto';
import type { Database } from '../database/port.ts';

const BYTES = 32;

/** A key of this name that all replicas share: made when it is asked for first, then always the same. */
export async function serverKey(database: Database, name: string): Promise<Buffer> {
  const rows = await database.prepared<{ key: Uint8Array }>(
    'server-key',
    `with made as (
       insert into server_key (name, key) values ($1, $2) on conflict do nothing returning key)
     select key from made union all select key from server_key where name = $1 limit 1`,
    [name, randomBytes(BYTES)],
  );
  // Made by another at this very moment: now it can be seen.
  return rows[0] ? Buffer.from(rows[0].key) : serverKey(database, name);
}
