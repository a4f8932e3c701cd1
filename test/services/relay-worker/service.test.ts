import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Notify } from '../../../shared/spool/port.ts';
import { countOf, hintChange, hold, move, release } from '../../../shared/spool/queue/change.ts';
import { onBothDatabases } from '../../shared/account/databases.ts';
import { makeWorld, type World } from './world.ts';

onBothDatabases('relay worker', (database) => {
  let world: World;
  before(async () => {
    world = await makeWorld(database());
  });
  after(() => world.stop());

  test('a message goes to the exchanger of its domain, without our Return-Path line', async () => {
    const sink = await world.domain('one.example');
    const emailId = await world.submit(['bob@one.example', 'carol@one.example']);
    const attempts = await world.settled(emailId, 2);
    assert.deepEqual(
      attempts.map((row) => row.outcome),
      ['delivered', 'delivered'],
    );
    assert.equal(sink.messages.length, 1, 'one transaction for both');
    assert.equal(sink.messages[0]?.mail, '<alice@example.test> SIZE=54');
    assert.deepEqual(sink.messages[0]?.rcpts, ['<bob@one.example>', '<carol@one.example>']);
    assert.equal(
      sink.messages[0]?.data.toString(),
      'Subject: hello\r\nMessage-ID: <1@example.test>\r\n\r\nbody\r\n',
    );
    assert.equal(attempts[0]?.remote, `mx.one.example[${sink.host}]`);
    assert.deepEqual(await world.queue('one.example'), []);
  });

  test('many messages share few connections', async () => {
    const sink = await world.domain('many.example');
    const ids = await Promise.all(
      Array.from({ length: 150 }, (_, i) => world.submit([`b${i}@many.example`])),
    );
    await sink.until(() => sink.messages.length >= ids.length);
    await world.until('an empty queue', async () => (await world.queue('many.example')).length === 0);
    assert.equal(sink.messages.length, ids.length);
    assert.equal(new Set(sink.messages.map((message) => message.rcpts[0])).size, 150);
    assert.ok(sink.connections <= 8, `${sink.connections} connections`);
  });

  test('each recipient has its own outcome; a refusal for good is reported once for all of them', async () => {
    let asked = 0;
    const sink = await world.domain('mixed.example', {
      reply: (line) => {
        if (line.startsWith('RCPT TO:<no')) return '550-5.1.1 no such\n550 5.1.1 mailbox';
        if (line.startsWith('RCPT TO:<later') && ++asked === 1) return '450 4.2.1 later';
        return undefined;
      },
    });
    const emailId = await world.submit(
      ['no1@mixed.example', 'yes@mixed.example', 'later@mixed.example', 'no2@mixed.example'],
      { envelopeId: 'env+2B1' },
    );
    const attempts = await world.settled(emailId, 4);
    assert.deepEqual(
      attempts
        .slice(0, 4)
        .map((row) => `${row.forward_path} ${row.outcome} ${row.status}`)
        .sort(),
      [
        'later@mixed.example retry 4.2.1',
        'no1@mixed.example failed 5.1.1',
        'no2@mixed.example failed 5.1.1',
        'yes@mixed.example delivered 2.0.0',
      ],
    );
    const [dsn, ...more] = await world.until('the DSN', async () => {
      const found = await world.dsns('no1@mixed.example');
      return found.length > 0 && found;
    });
    assert.equal(more.length, 0);
    assert.match(
      dsn!,
      /^Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@us\.example\.test>\r\nTo: <alice@example\.test>/,
    );
    assert.match(
      dsn!,
      /Final-Recipient: rfc822; no1@mixed\.example\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; mx\.mixed\.example\r\nDiagnostic-Code: smtp; 550 5\.1\.1 no such mailbox/,
    );
    assert.match(dsn!, /Final-Recipient: rfc822; no2@mixed\.example/);
    assert.doesNotMatch(dsn!, /yes@|later@/);
    assert.match(dsn!, /Original-Envelope-Id: env\+1\r\n/);
    assert.match(dsn!, /In-Reply-To: <1@example\.test>/);
    await world.until('the rest', async () => (await world.queue('mixed.example')).length === 0);
    assert.deepEqual(
      sink.messages.map((message) => message.rcpts),
      [['<yes@mixed.example>'], ['<later@mixed.example>']],
    );
  });

  test('a refusal for now is tried again, until it is taken', async () => {
    let refusals = 0;
    const sink = await world.domain('grey.example', {
      reply: (line) => (line.startsWith('RCPT') && ++refusals < 3 ? '451 4.7.1 greylisted' : undefined),
    });
    const emailId = await world.submit(['b@grey.example']);
    const attempts = await world.settled(emailId, 3);
    assert.deepEqual(
      attempts.map((row) => row.outcome),
      ['retry', 'retry', 'delivered'],
    );
    assert.equal(attempts[0]?.reply, '451 4.7.1 greylisted');
    assert.equal(sink.messages.length, 1);
  });

  test('past its lifetime a message goes back with 4.4.7 and the last reply', async () => {
    await world.domain('never.example', {
      reply: (line) => (line.startsWith('MAIL') ? '451 4.3.0 not today' : undefined),
    });
    const emailId = await world.submit(['b@never.example']);
    await world.settled(emailId, 1);
    await age(world, emailId, 6 * 86_400_000);
    const dsn = await world.until('the DSN', async () =>
      (await world.dsns('b@never.example')).find((text) => text.includes('Action: failed')),
    );
    assert.match(dsn, /Status: 4\.4\.7\r\n/);
    assert.match(dsn, /Diagnostic-Code: smtp; 451 4\.3\.0 not today/);
    assert.deepEqual(await world.queue('never.example'), []);
  });

  test('a delay is told once', async () => {
    await world.domain('slow.example', {
      reply: (line) => (line.startsWith('MAIL') ? '451 4.3.0 not yet' : undefined),
    });
    const emailId = await world.submit(['b@slow.example']);
    await world.settled(emailId, 1);
    await age(world, emailId, 5 * 3_600_000);
    const dsn = await world.until('the DSN', async () => (await world.dsns('b@slow.example'))[0]);
    assert.match(dsn, /Action: delayed\r\nStatus: 4\.3\.0/);
    assert.match(dsn, /Will-Retry-Until: /);
    assert.match(dsn, /Content-Type: text\/rfc822-headers/);
    const told = (await world.attempts(emailId)).length;
    await world.settled(emailId, told + 2);
    assert.equal((await world.dsns('b@slow.example')).length, 1);
  });

  test('the null reverse-path and NOTIFY=NEVER hear nothing', async () => {
    await world.domain('mute.example', { reply: (line) => (line.startsWith('RCPT') ? '550 no' : undefined) });
    const ids = [
      await world.submit(['null@mute.example'], { reversePath: '' }),
      await world.submit(['never@mute.example'], { notify: Notify.Never }),
      await world.submit(['delay@mute.example'], { notify: Notify.Delay | Notify.Success }),
      await world.submit(['told@mute.example'], { notify: Notify.Failure }),
    ];
    for (const id of ids) assert.equal((await world.settled(id, 1))[0]?.outcome, 'failed');
    const dsns = await world.dsns('mute.example');
    assert.equal(dsns.length, 1);
    assert.match(dsns[0]!, /told@mute\.example/);
  });

  test('a message goes on to the next exchanger when the first is down, and 4xx moves on too', async () => {
    const busy = await world.sink({ greeting: '421 busy' });
    const grey = await world.sink({
      reply: (line) => (line.startsWith('RCPT') ? '450 4.7.1 grey' : undefined),
    });
    const good = await world.sink();
    world.dns.zone['backup.example'] = {
      mx: [
        [30, 'c.backup.example'],
        [5, 'gone.backup.example'],
        [10, 'a.backup.example'],
        [20, 'b.backup.example'],
      ],
    };
    world.dns.zone['a.backup.example'] = { a: [busy.host] };
    world.dns.zone['b.backup.example'] = { a: [grey.host] };
    world.dns.zone['c.backup.example'] = { a: [good.host] };
    const emailId = await world.submit(['b@backup.example']);
    const [attempt] = await world.settled(emailId, 1);
    assert.equal(attempt?.outcome, 'delivered');
    assert.equal(attempt?.remote, `c.backup.example[${good.host}]`);
    assert.equal(busy.connections, 1);
    assert.equal(grey.connections, 1);
  });

  test('without MX the address counts; an alias is followed; an address literal needs no DNS', async () => {
    const sink = await world.sink();
    world.dns.zone['plain.example'] = { a: [sink.host] };
    world.dns.zone['alias.example'] = { cname: 'plain.example' };
    for (const to of ['b@plain.example', 'b@alias.example', `b@[${sink.host}]`]) {
      assert.equal((await world.settled(await world.submit([to]), 1))[0]?.outcome, 'delivered', to);
    }
    assert.equal(sink.messages.length, 3);
  });

  test('what the DNS says for good, fails at once', async () => {
    const { zone } = world.dns;
    zone['null.example'] = { mx: [[0, '.']] };
    zone['loop.example'] = {
      mx: [
        [10, 'us.example.test'],
        [20, 'other.loop.example'],
      ],
    };
    zone['empty.example'] = {};
    zone['hollow.example'] = { mx: [[10, 'nowhere.hollow.example']] };
    for (const [domain, status] of [
      ['null.example', '5.1.10'],
      ['loop.example', '5.4.6'],
      ['empty.example', '5.4.4'],
      ['hollow.example', '5.4.4'],
      ['nxdomain.example', '5.1.2'],
    ] as const) {
      const [attempt] = await world.settled(await world.submit([`b@${domain}`]), 1);
      assert.equal(`${attempt?.outcome} ${attempt?.status}`, `failed ${status}`, domain);
    }
  });

  test('what the DNS does not know now, waits', async () => {
    world.dns.zone['ill.example'] = { servfail: true };
    const emailId = await world.submit(['b@ill.example']);
    const [attempt] = await world.settled(emailId, 1);
    assert.equal(`${attempt?.outcome} ${attempt?.status}`, 'retry 4.4.3');
    const sink = await world.sink();
    world.dns.zone['ill.example'] = { a: [sink.host] };
    await sink.until(() => sink.messages.length === 1);
  });

  test('a transaction that is full is followed by another at once', async () => {
    let taken = 0;
    const sink = await world.domain('full.example', {
      reply: (line) => {
        if (line.startsWith('MAIL')) taken = 0;
        return line.startsWith('RCPT') && ++taken > 3 ? '452 4.5.3 too many recipients' : undefined;
      },
    });
    const emailId = await world.submit(Array.from({ length: 8 }, (_, i) => `b${i}@full.example`));
    const attempts = await world.settled(emailId, 8);
    assert.ok(attempts.every((row) => row.outcome === 'delivered'));
    assert.deepEqual(
      sink.messages.map((message) => message.rcpts.length),
      [3, 3, 2],
    );
    assert.equal(sink.connections, 1);
  });

  test('a message that a server cannot take by what it offers is not given to it', async () => {
    const sink = await world.domain('small.example', { ehlo: ['SIZE 100'] });
    for (const [status, options] of [
      ['5.3.4', { text: `Subject: x\r\n\r\n${'x'.repeat(200)}\r\n` }],
      ['5.6.3', { text: 'Subject: x\r\n\r\n\u00fc\r\n', body: '8bit' as const }],
      ['5.6.7', { text: 'Subject: \u00fc\r\n\r\nx\r\n', body: '8bit' as const, smtpUtf8: true }],
    ] as const) {
      const [attempt] = await world.settled(await world.submit(['b@small.example'], options), 1);
      assert.equal(`${attempt?.outcome} ${attempt?.status}`, `failed ${status}`);
    }
    assert.equal(sink.messages.length, 0);
    assert.equal(sink.lines.filter((line) => line.includes('MAIL')).length, 0);
  });

  test('NOTIFY=SUCCESS: handed on where DSN is offered, else reported as relayed', async () => {
    const knows = await world.domain('knows.example', { ehlo: ['DSN'] });
    await world.domain('knows-not.example');
    const options = { notify: Notify.Success, originalRecipient: 'rfc822;bob+2Bx@old.example' };
    await world.settled(await world.submit(['b@knows.example'], options), 1);
    await world.settled(await world.submit(['b@knows-not.example'], options), 1);
    assert.match(
      knows.lines.join('\n'),
      /RCPT TO:<b@knows\.example> NOTIFY=SUCCESS ORCPT=rfc822;bob\+2Bx@old\.example/,
    );
    assert.deepEqual(await world.dsns('b@knows.example'), []);
    const [dsn] = await world.dsns('b@knows-not.example');
    assert.match(
      dsn!,
      /Original-Recipient: rfc822; bob\+x@old\.example\r\nFinal-Recipient: rfc822; b@knows-not\.example\r\nAction: relayed\r\nStatus: 2\.0\.0/,
    );
  });

  test('a large message passes', async () => {
    const sink = await world.domain('large.example');
    const text = `Subject: large\r\n\r\n${`.${'x'.repeat(77)}\r\n`.repeat(30_000)}`;
    await world.settled(await world.submit(['b@large.example'], { text }), 1);
    assert.ok(sink.messages[0]?.data.equals(Buffer.from(text)));
  });

  test('a connection that the server closed between two messages costs nothing', async () => {
    const sink = await world.domain('closing.example', {
      reply: (line, connection) =>
        line.startsWith('MAIL') && connection === 1 && sink.messages.length === 1 ? 'drop' : undefined,
    });
    await world.settled(await world.submit(['b1@closing.example']), 1);
    const [attempt] = await world.settled(await world.submit(['b2@closing.example']), 1);
    assert.equal(attempt?.outcome, 'delivered');
    assert.equal(sink.connections, 2);
  });

  test('what is held is not tried and not given back; released, it has as much time left as before', async () => {
    const { ports } = world;
    const sink = await world.domain('held.example', {
      reply: (line) => (line.startsWith('RCPT') ? '450 4.2.1 later' : undefined),
    });
    const emailId = await world.submit(['b@held.example']);
    await world.settled(emailId, 1);
    hintChange(ports.bus, await hold(ports.database, { destination: 'held.example' }), { reread: true });
    await world.until('the last attempt under way', async () => sink.open === 0);
    const tried = (await world.attempts(emailId)).length;
    await ports.database.prepared(
      'test_held_long',
      `update spool_remote set queued_at = queued_at - 864000000::bigint, held_at = held_at - 864000000::bigint
       where destination = 'held.example'`,
      [],
    );
    // Three times as long as it would take to be tried again.
    const other = await world.submit(['b@held.example']);
    await world.settled(other, 3);
    assert.equal((await world.attempts(emailId)).length, tried);
    hintChange(ports.bus, await release(ports.database, { entries: [emailId] }), { retry: true });
    const after = await world.settled(emailId, tried + 1);
    assert.equal(after.at(-1)?.outcome, 'retry', 'ten days held did not use up its lifetime');
    sink.script = {};
    await world.until('both delivered', async () => (await world.queue('held.example')).length === 0);
  });

  test('moved, mail goes to the other destination, for the same recipients', async () => {
    const { ports } = world;
    const refusing = await world.domain('old.example', {
      reply: (line) => (line.startsWith('RCPT') ? '450 4.2.1 later' : undefined),
    });
    const other = await world.domain('new.example');
    const emailId = await world.submit(['b@old.example']);
    await world.settled(emailId, 1);
    await world.until('the move', async () => {
      const change = await move(ports.database, { destination: 'old.example' }, 'new.example');
      hintChange(ports.bus, change, { retry: true, reread: true });
      return countOf(change) === 1;
    });
    await other.until(() => other.messages.length === 1);
    assert.deepEqual(other.messages[0]?.rcpts, ['<b@old.example>']);
    assert.equal(refusing.messages.length, 0);
    assert.deepEqual(
      await world.until('settled', async () => (await world.queue('new.example')).length === 0),
      true,
    );
  });

  test('mail waits while nobody answers, and what came meanwhile is put off with it', async () => {
    const sink = await world.sink();
    await sink.stop();
    world.dns.zone['dead.example'] = { a: [sink.host] };
    const ids = [await world.submit(['b1@dead.example']), await world.submit(['b2@dead.example'])];
    for (const id of ids) {
      const [attempt] = await world.settled(id, 1);
      assert.equal(`${attempt?.outcome} ${attempt?.status}`, 'retry 4.4.1');
      assert.match(attempt?.reply ?? '', /^no connection to dead\.example\[/);
    }
    const back = await world.sink();
    world.dns.zone['back.example'] = { a: [back.host] };
    assert.equal((await world.queue('dead.example')).length, 2);
  });
});

/** Makes an entry look as if it had been accepted `ms` earlier. */
async function age(world: World, emailId: string, ms: number): Promise<void> {
  await world.ports.database.prepared(
    'test_age',
    'update spool_remote set queued_at = queued_at - $2::bigint where email_id = $1',
    [emailId, ms],
  );
}
