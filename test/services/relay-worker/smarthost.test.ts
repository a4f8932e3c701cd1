import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPGlite } from '../../../shared/database/pglite.ts';
import { startSink } from '../../sink-smtp.ts';
import { makeWorld } from './world.ts';

test('relay worker: with RELAY_HOST everything remote goes there, whatever the DNS says', async () => {
  await using sink = await startSink();
  const database = await openPGlite(undefined);
  const world = await makeWorld(database, { RELAY_HOST: `localhost:${sink.port}` });
  try {
    world.dns.zone.localhost = { a: ['127.0.0.1'] };
    world.dns.zone['null.example'] = { mx: [[0, '.']] };
    const ids = [await world.submit(['b@null.example']), await world.submit(['b@unheard-of.example'])];
    for (const id of ids) assert.equal((await world.settled(id, 1))[0]?.outcome, 'delivered');
    assert.equal(sink.messages.length, 2);
    assert.ok(world.dns.questions.every((question) => question.endsWith(' localhost')));
  } finally {
    await world.stop();
    await database.close();
  }
});
