import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { partitionOf } from '../../../shared/actor/partition.ts';
import type { Database } from '../../../shared/database/port.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { missing, type TestDatabase, testDatabase } from '../../servers.ts';
import type { SinkServer } from '../../sink-smtp.ts';
import { makeWorld, type World } from './world.ts';

const LIMIT = 3;

describe('fairness of relaying, on Postgres', { skip: missing('postgres') }, () => {
  let place: TestDatabase;
  let database: Database;
  let world: World;
  before(async () => {
    place = await testDatabase();
    database = await openPostgres({ url: place.url });
    world = await makeWorld(database, { RELAY_CONNECTIONS: String(LIMIT), LEASE_TTL: '1s' });
  });
  after(async () => {
    await world.stop();
    await database.close();
    await place.drop();
  });

  /** Entries of a mailing, all of one message, so that a transaction has a hundred of them. */
  async function mailing(domain: string, entries: number, verp = false): Promise<void> {
    const emailId = await world.submit([`first@${domain}`], { reversePath: 'news@example.test' });
    await world.settled(emailId, 1);
    await database.prepared(
      'test_mailing',
      `insert into spool_remote (destination, email_id, recipient_no, partition, forward_path, reverse_path, size,
         return_path_bytes, body, smtp_utf8, notify, queued_at, next_attempt_at)
       select $1::text, $2::uuid, i, $3, 'u' || i || '@' || $1::text,
         case when $6 then 'news-' || i || '@example.test' else 'news+' || i || '@example.test' end,
         size, 36, '7bit', false, 0, $4::bigint, $4::bigint
       from generate_series(1, $5::int) i, message where message.email_id = $2::uuid`,
      [domain, emailId, partitionOf(domain), database.now(), entries, verp],
    );
  }

  const placeOf = (sink: SinkServer, who: string) =>
    sink.messages.findIndex((message) => message.rcpts.includes(`<${who}>`));

  test('a mailing to a domain does not hold up one message to it, nor one to another domain', async () => {
    const sink = await world.domain('crowd.example');
    const other = await world.domain('quiet.example');
    await mailing('crowd.example', 8_000);
    await sink.until(() => sink.messages.length > 5);
    const before = sink.messages.length;
    await world.submit(['bob@crowd.example']);
    await world.submit(['bob@quiet.example']);
    await other.until(() => other.messages.length === 1);
    await sink.until(() => placeOf(sink, 'bob@crowd.example') >= 0);
    const overtaken = placeOf(sink, 'bob@crowd.example') - before;
    assert.ok(overtaken < 40, `${overtaken} of some 80 transactions went before`);
    await world.submit(['urgent@crowd.example'], { priority: 5 });
    const then = sink.messages.length;
    await sink.until(() => placeOf(sink, 'urgent@crowd.example') >= 0);
    const before5 = placeOf(sink, 'urgent@crowd.example') - then;
    assert.ok(before5 < 40, `${before5} went before a higher priority`);
    await world.until('all of it', async () => (await world.queue('crowd.example')).length === 0);
    const recipients = sink.messages.flatMap(({ rcpts }) => rcpts);
    assert.equal(new Set(recipients).size, recipients.length, 'nothing twice');
    assert.equal(recipients.length, 8_003);
  });

  test('however many workers, a remote sees no more connections than its limit', async () => {
    const sinks = await Promise.all([world.domain('one.example'), world.domain('two.example')]);
    const most = new Map<SinkServer, number>();
    for (const sink of sinks) {
      sink.script = {
        reply: () => {
          most.set(sink, Math.max(most.get(sink) ?? 0, sink.open));
          return undefined;
        },
      };
    }
    const workers: Running[] = [];
    let sent = 0;
    for (const count of [1, 2, 4]) {
      while (workers.length < count - 1)
        workers.push(await world.startWorker({ REPLICA_NAME: `worker-${workers.length}` }));
      await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          world.submit([`b${sent + i}@${i % 2 === 0 ? 'one' : 'two'}.example`]),
        ),
      );
      sent += 60;
      await world.until(
        'all of them',
        async () => sinks[0]!.messages.length + sinks[1]!.messages.length >= sent,
      );
    }
    for (const sink of sinks) assert.ok(most.get(sink)! <= LIMIT, `${most.get(sink)} connections`);
    assert.ok(most.get(sinks[0]!)! > 1, 'more than one is used');
    await Promise.all(workers.map((worker) => worker.stop(1_000)));
  });

  test('a remote that says "too many connections" gets fewer, and no message waits for it', async () => {
    let refused = 0;
    const sink = await world.domain('few.example', {
      greeting: () => {
        if (sink.open <= 1) return '220 sink ESMTP';
        refused++;
        return '421 4.7.0 too many connections from you';
      },
    });
    const ids = await Promise.all(Array.from({ length: 40 }, (_, i) => world.submit([`b${i}@few.example`])));
    await sink.until(() => sink.messages.length === ids.length);
    const attempts = await Promise.all(ids.map((id) => world.settled(id, 1)));
    assert.ok(attempts.flat().every(({ outcome }) => outcome === 'delivered'));
    assert.ok(refused <= LIMIT, `${refused} refused connections`);
  });

  test('destinations that are slow to answer hold up no other', async () => {
    const silent = await world.sink({ greeting: 'silence' });
    for (let i = 0; i < 100; i++) {
      world.dns.zone[`slow${i}.example`] = { a: [silent.host] };
      await world.submit([`b@slow${i}.example`, `c@slow${i}.example`]);
    }
    await world.until('all of them', async () => silent.open >= 100);
    const began = performance.now();
    const quick = await world.domain('quick.example');
    await world.submit(['b@quick.example']);
    await quick.until(() => quick.messages.length === 1);
    assert.ok(performance.now() - began < 3_000);
    assert.equal(silent.open, 100, 'one connection each, until they answer');
  });
});
