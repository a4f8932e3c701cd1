import type { Database } from '../database/port.ts';
import type { Domain } from './create-domain.ts';

/** All domains, by name. */
export async function listDomains(database: Database): Promise<Domain[]> {
  const rows = await database.kysely
    .selectFrom('domain')
    .select(['name', 'created_at'])
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ name: row.name, createdAt: row.created_at }));
}
