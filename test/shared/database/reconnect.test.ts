import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../../scripts/servers/postgres.ts';
import { temporaryDirectory } from '../../../scripts/servers.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import { missing } from '../../servers.ts';

const RECONNECT_WITHIN_MS = 15_000;

test('a process that asks nothing of it knows that Postgres is gone, and that it is back', {
  skip: missing('postgres'),
}, async () => {
  const directory = temporaryDirectory('reconnect');
  const server = await startPostgres({ directory: `${directory.path}/postgres`, fsync: false });
  const database = await openPostgres({ url: server.url });
  const until = async (connected: boolean): Promise<void> => {
    for (const deadline = Date.now() + RECONNECT_WITHIN_MS; database.connected !== connected; await sleep(10))
      assert.ok(Date.now() < deadline, `connected never becomes ${connected}`);
  };
  try {
    assert.equal(database.connected, true);
    await server.kill('SIGKILL');
    await until(false);
    await server.start();
    await until(true);
    assert.deepEqual(await database.prepared('one', 'select 1 as one', []), [{ one: 1 }]);
  } finally {
    await database.close();
    await server.stop();
    directory.remove();
  }
});
