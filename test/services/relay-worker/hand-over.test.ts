import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Database } from '../../../shared/database/port.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import { missing, type TestDatabase, testDatabase } from '../../servers.ts';
import { makeWorld, type World } from './world.ts';

describe('relay workers, several on one Postgres', { skip: missing('postgres') }, () => {
  let place: TestDatabase;
  let database: Database;
  let world: World;
  before(async () => {
    place = await testDatabase();
    database = await openPostgres({ url: place.url });
    world = await makeWorld(database, { LEASE_TTL: '1s' });
  });
  after(async () => {
    await world.stop();
    await database.close();
    await place.drop();
  });

  test('workers come and go while mail flows: each message arrives once', async () => {
    const sinks = await Promise.all(Array.from({ length: 8 }, (_, i) => world.domain(`d${i}.example`)));
    const arrived = () => sinks.reduce((sum, sink) => sum + sink.messages.length, 0);
    const second = await world.startWorker({ REPLICA_NAME: 'second' });
    let sent = 0;
    const submitSome = async () => {
      for (let i = 0; i < 40; i++) await world.submit([`b${sent}@d${sent++ % sinks.length}.example`]);
    };
    await submitSome();
    const third = await world.startWorker({ REPLICA_NAME: 'third' });
    await Promise.all([submitSome(), second.stop(1_000)]);
    await Promise.all([submitSome(), third.stop(1_000)]);
    await world.until('all mail', async () => arrived() >= sent);
    await world.until('an empty spool', async () => {
      const rows = await database.prepared('test_left', 'select 1 from spool_remote', []);
      return rows.length === 0;
    });
    const recipients = sinks.flatMap((sink) => sink.messages.map((message) => message.rcpts[0]));
    assert.equal(new Set(recipients).size, sent);
    assert.equal(recipients.length, sent, 'nothing twice');
  });

  test('a worker that stops finishes the message under way', async () => {
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const sink = await world.domain('under-way.example', {
      reply: (line) => {
        if (line === '.') answer();
        return undefined;
      },
    });
    const emailId = await world.submit(['b@under-way.example']);
    await asked;
    const other = await world.startWorker({ REPLICA_NAME: 'other' });
    await world.running.stop(5_000);
    assert.equal((await world.settled(emailId, 1))[0]?.outcome, 'delivered');
    assert.equal(sink.messages.length, 1);
    const next = await world.domain('next.example');
    await world.submit(['b@next.example']);
    await next.until(() => next.messages.length === 1);
    await other.stop(1_000);
  });
});
