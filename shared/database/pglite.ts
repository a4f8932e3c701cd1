import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { migrate } from './migrate.ts';
import type { Database } from './port.ts';
import { rawQuery } from './raw-query.ts';
import type { Schema } from './schema.ts';

const INT8 = 20;
const BYTEA = 17;

/** Opens the embedded database in `dataDir`, or in memory when it is undefined, and migrates it. */
export async function openPGlite(dataDir: string | undefined): Promise<Database> {
  const pglite = await PGlite.create({
    ...(dataDir === undefined ? {} : { dataDir }),
    parsers: {
      [INT8]: Number,
      [BYTEA]: (value: string) => Buffer.from(value.slice(2), 'hex'),
    },
  });
  const kysely = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
  let open = true;
  const database: Database = {
    kysely,
    kind: 'pglite',
    transaction: (work) => kysely.transaction().execute(work),
    // Through Kysely, so that it waits for its turn on the one connection.
    prepared: async <Row>(_name: string, text: string, parameters: readonly unknown[]) => {
      const result = await kysely.executeQuery(rawQuery(text, parameters));
      return result.rows as Row[];
    },
    // It runs in this process, by this clock.
    now: Date.now,
    connections: () => ({ open: 1, idle: 0, waiting: 0 }),
    get connected() {
      return open;
    },
    close: async () => {
      if (!open) return;
      open = false;
      await kysely.destroy();
      if (!pglite.closed) await pglite.close();
    },
  };
  await migrate(kysely as unknown as Kysely<never>);
  return database;
}
