import { after, before, describe } from 'node:test';
import { openPGlite } from '../../../shared/database/pglite.ts';
import type { Database } from '../../../shared/database/port.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import { missing, testDatabase } from '../../servers.ts';

/** Runs a suite on PGlite and on Postgres, each with an empty database of its own. */
export function onBothDatabases(title: string, suite: (database: () => Database) => void): void {
  const adapters: [string, string | false, () => Promise<{ database: Database; drop(): Promise<void> }>][] = [
    ['PGlite', false, async () => ({ database: await openPGlite(undefined), drop: async () => {} })],
    ['Postgres', missing('postgres'), openOnPostgres],
  ];
  for (const [name, skip, open] of adapters) {
    describe(`${title}, on ${name}`, { skip }, () => {
      let opened: Awaited<ReturnType<typeof open>>;
      before(async () => {
        opened = await open();
      });
      after(async () => {
        await opened.database.close();
        await opened.drop();
      });
      suite(() => opened.database);
    });
  }
}

async function openOnPostgres(): Promise<{ database: Database; drop(): Promise<void> }> {
  const { url, drop } = await testDatabase();
  return { database: await openPostgres({ url }), drop };
}
