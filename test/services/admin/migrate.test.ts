import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MigrationsPending } from '../../../shared/database/migrate.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import { rawQuery } from '../../../shared/database/raw-query.ts';
import { missing, type TestDatabase, testDatabase } from '../../servers.ts';
import { mailctl } from './cluster.ts';

/** No admin API is here, and none is asked. */
const NOWHERE = 'http://127.0.0.1:1';

describe('mailctl migrate', { skip: missing('postgres') }, () => {
  let fresh: TestDatabase;
  before(async () => {
    fresh = await testDatabase();
  });
  after(() => fresh?.drop());

  const run = (line: string) => mailctl(NOWHERE, `migrate ${line} --database-url ${fresh.url}`);
  const open = (migrations: 'run' | 'await') => openPostgres({ url: fresh.url, migrations });

  test('a dry run prints the SQL and runs none of it', async () => {
    const { out, status } = await run('--dry-run');
    assert.equal(status, 0);
    assert.match(out, /^-- 0001-initial$/m);
    assert.match(out, /create table spool/);
    const { pending } = JSON.parse((await run('--dry-run --json')).out);
    assert.ok(
      pending.length > 10 && pending.every((one: { statements: string[] }) => one.statements.length > 0),
    );
  });

  test('a service that awaits them does not start before', async () => {
    await assert.rejects(open('await'), (error: unknown) => {
      assert.ok(error instanceof MigrationsPending);
      assert.ok(error.names.includes('0001-initial'));
      return true;
    });
  });

  test('it runs them once, and then such a service starts', async () => {
    assert.match((await run('')).out, /^ran 0001-initial\n/);
    assert.equal((await run('')).out, 'The schema is up to date.\n');
    assert.equal((await run('--dry-run')).out, 'The schema is up to date.\n');
    await (await open('await')).close();
  });

  test('a replica of this release starts beside those of the next, whose migrations were run', async () => {
    const database = await open('run');
    await database.kysely.executeQuery(
      rawQuery('insert into kysely_migration (name, timestamp) values ($1, $2)', [
        '9999-of-a-later-release',
        new Date().toISOString(),
      ]),
    );
    await database.close();
    await (await open('run')).close();
    await (await open('await')).close();
    assert.equal((await run('')).out, 'The schema is up to date.\n');
  });

  test('a server that is not there is one line', async () => {
    const { status, err } = await mailctl(
      NOWHERE,
      'migrate --database-url postgres://u:secret@127.0.0.1:1/x',
    );
    assert.equal(status, 1);
    assert.match(err, /^mailctl: the database: [^\n]+\n$/);
    assert.doesNotMatch(err, /secret/);
  });
});
