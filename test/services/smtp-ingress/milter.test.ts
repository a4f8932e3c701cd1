import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Config } from '../../../shared/runtime/config.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { CONTINUE, insertHeader, packet, type ScriptedMilter, startMilter } from '../../milter-server.ts';
import { Client, plain, queuedAs, World } from './world.ts';

const MESSAGE = 'Subject: a\r\n b\r\nX-8bit: \xe4\r\n\r\nbody\r\n';

describe('mail filters', () => {
  let world: World;
  let filter: ScriptedMilter;
  before(async () => {
    world = await World.open();
    filter = await startMilter();
  });
  after(async () => {
    await world.close();
    await filter[Symbol.asyncDispose]();
  });

  const at = ({ port }: { port: number }) => ({ host: '127.0.0.1', port });
  const service = (config: Partial<Config> = {}): Promise<Running> =>
    world.with({}, { milters: [at(filter)], milterTimeoutMs: 5_000, ...config });

  async function hello(running: Running, answers: ScriptedMilter['answers'] = {}): Promise<Client> {
    filter.answers = answers;
    filter.heard.length = 0;
    const client = await Client.open(running, 'smtp');
    await client.say('EHLO c.test');
    return client;
  }

  async function send(client: Client, message = MESSAGE): Promise<string> {
    for (const line of ['MAIL FROM:<a@c.test>', 'RCPT TO:<alice@example.test>', 'DATA']) {
      const said = await client.say(line);
      if (!/^[23]/.test(said)) return said;
    }
    return client.message(message);
  }

  test('it hears of the connection once, of each message whole, and its fields stand above Received', async () => {
    const running = await service();
    const client = await hello(running, {
      E: () => [
        packet('h', 'X-Last', 'folded\n value'),
        insertHeader(0, 'X-Second', '2'),
        insertHeader(0, 'X-First', '1\r\nEvil: x\r\n\r\nbody'),
        packet('h', 'not a name', 'x'),
        ...CONTINUE,
      ],
    });
    const emailId = queuedAs(await send(client));
    assert.deepEqual(
      filter.heard.map((line) => line.replace(/\|4..\d*127|\|4[\s\S]{2}127/, '|4pp127')).slice(1),
      [
        'DCj|mail.example.test|_|[127.0.0.1]|{daemon_name}|smtp|',
        'C [127.0.0.1]|4pp127.0.0.1|',
        'H c.test|',
        'DM{mail_addr}|a@c.test|',
        'M <a@c.test>|',
        'DR{rcpt_addr}|alice@example.test|',
        'R <alice@example.test>|',
        `DTi|${emailId}|`,
        'T',
        'L Subject|a\n b|',
        'L X-8bit|\xe4|',
        'N',
        'B body',
        'E',
      ].map((line) => line.replace(/^D/, 'D ')),
    );
    const stored = await world.stored(emailId);
    assert.match(
      stored,
      /^Return-Path: .*\r\nX-First: 1\r\n\tEvil: x\r\n\tbody\r\nX-Second: 2\r\nX-Last: folded\r\n value\r\nReceived: /,
    );
    assert.ok(stored.endsWith(MESSAGE));
    filter.heard.length = 0;
    filter.answers = {};
    assert.doesNotMatch(await world.stored(queuedAs(await send(client))), /X-First/);
    assert.doesNotMatch(filter.heard.join('\n'), /^[CHO] /m);
    await client.say('QUIT');
    client.close();
  });

  const reject = [packet('r')];
  const refused: [string, ScriptedMilter['answers'], RegExp][] = [
    ['rejects the connection', { C: () => reject }, /^550 5\.7\.1 Message refused by a mail filter$/],
    ['puts off at HELO', { H: () => [packet('t')] }, /^451 4\.7\.1 /],
    ['rejects MAIL', { M: () => reject }, /^550 /],
    ['rejects RCPT', { R: () => reject }, /^550 /],
    ['rejects DATA', { T: () => reject }, /^550 /],
    ['rejects a field', { L: () => reject }, /^550 /],
    ['rejects the header', { N: () => reject }, /^550 /],
    ['rejects the body', { B: () => reject }, /^550 /],
    ['rejects the message', { E: () => [packet('p'), ...reject] }, /^550 /],
    ['puts the message off', { E: () => [packet('t')] }, /^451 4\.7\.1 Put off by a mail filter/],
    [
      'has a reply of its own',
      { E: () => [packet('y', '554 5.7.9 It is\x07 bad')] },
      /^554 5\.7\.9 It is bad$/,
    ],
    ['has a reply without status', { M: () => [packet('y', '450 later')] }, /^450 4\.7\.1 later$/],
    [
      'has a reply with the status of another class',
      { E: () => [packet('y', '550 2.0.0 fine')] },
      /^550 5\.7\.1 fine$/,
    ],
    ['has a reply that is none', { E: () => [packet('y', '250 Ok')] }, /^550 5\.7\.1 Message refused/],
  ];
  test('what it refuses is refused, at any step, and the connection goes on', async () => {
    const running = await service();
    for (const [what, answers, expected] of refused) {
      const client = await hello(running, answers);
      assert.match(await send(client), expected, what);
      await client.say('RSET');
      if ('C' in answers || 'H' in answers) assert.match(await send(client), expected, what);
      else {
        filter.answers = {};
        queuedAs(await send(client));
        // A message that did not come to its end is taken back before the next one.
        const aborts = filter.heard.filter((line) => line === 'A').length;
        assert.equal(aborts, 'E' in answers ? 0 : 1, what);
      }
      client.close();
    }
  });

  test('accept: it hears no more; discard: the message is taken and not stored', async () => {
    const running = await service();
    const client = await hello(running, { M: () => [packet('a')] });
    queuedAs(await send(client));
    assert.doesNotMatch(filter.heard.join('\n'), /^[RTLNBE]\b/m);
    for (const step of ['M', 'R', 'N', 'E']) {
      filter.answers = { [step]: () => [packet('d')] };
      const dropped = queuedAs(await send(client));
      assert.deepEqual((await world.spooled(dropped)).local, [], step);
    }
    filter.answers = { C: () => [packet('a')] };
    client.close();
    const other = await hello(running, { C: () => [packet('a')] });
    queuedAs(await send(other));
    assert.doesNotMatch(filter.heard.join('\n'), /^[HMRTLNBE]\b/m);
    other.close();
  });

  test('quarantine: the message is taken for Junk', async () => {
    const client = await hello(await service(), { E: () => [packet('q', 'looks odd'), ...CONTINUE] });
    const emailId = queuedAs(await send(client));
    const { kysely } = world.opened.ports.database;
    const rows = await kysely.selectFrom('spool_local').selectAll().where('email_id', '=', emailId).execute();
    assert.equal(rows.length, 1);
    assert.equal((rows[0]!.dsn as { junk?: boolean }).junk, true);
    client.close();
  });

  test('what it does not want is not told, what it does not answer is not waited for; skip ends the body', async () => {
    // No connect, no body; no answers to fields.
    await using quiet = await startMilter(0x01 | 0x10 | 0x80);
    quiet.answers = { L: () => undefined };
    const running = await service({ milters: [at(quiet)] });
    const client = await hello(running);
    queuedAs(await send(client));
    const told = quiet.heard.map((line) => line[0]).join('');
    assert.match(told, /^ODD?HDMDRDTLLNE$/);
    client.close();
    const skipping = await hello(await service(), { B: () => [packet('s')] });
    queuedAs(await send(skipping, `Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(9_000)}`));
    assert.equal(filter.heard.filter((line) => line.startsWith('B')).length, 1);
    skipping.close();
  });

  test('several are asked in order; a submitter is named', async () => {
    await using second = await startMilter();
    const running = await service({ milters: [at(filter), at(second)] });
    filter.answers = { E: () => [packet('h', 'X-Of', 'first'), ...CONTINUE] };
    second.answers = { E: () => [packet('h', 'X-Of', 'second'), ...CONTINUE] };
    const client = await Client.open(running, 'submission');
    await client.say('EHLO c.test');
    await client.say(plain('alice@example.test'));
    await client.envelope('alice@example.test', 'bob@example.test');
    const stored = await world.stored(queuedAs(await client.message('Subject: x\r\n\r\nx\r\n')));
    assert.match(stored, /X-Of: first\r\nX-Of: second\r\nReceived/);
    assert.match(second.heard.join('\n'), /\{auth_authen\}\|alice@example\.test\|/);
    client.close();
  });

  const broken: [string, ScriptedMilter['answers']][] = [
    ['does not negotiate', { O: () => CONTINUE }],
    ['answers what was not asked', { M: () => [...CONTINUE, ...CONTINUE] }],
    ['speaks nonsense', { N: () => [Buffer.from('220 hello, this is SMTP\r\n')] }],
  ];
  test('one that cannot be asked: 451, or taken, as the setting says; the next message asks it anew', async () => {
    const metrics = createMetrics();
    for (const policyFailure of ['tempfail', 'accept'] as const) {
      const running = await world.with(
        { metrics },
        { milters: [at(filter)], milterTimeoutMs: 5_000, policyFailure },
      );
      for (const [what, answers] of broken) {
        const client = await hello(running, answers);
        const said = await send(client);
        if (policyFailure === 'accept') queuedAs(said);
        else assert.match(said, /^451 4\.7\.1 A mail filter is not available/, what);
        await client.say('RSET');
        filter.answers = {};
        queuedAs(await send(client));
        client.close();
      }
    }
    assert.match(
      await metrics.text(),
      new RegExp(`^cartero_smtp_filter_failures_total{filter="inet:127.0.0.1:${filter.port}"} 6$`, 'm'),
    );
    for (const step of ['E', 'O']) {
      const client = await hello(await service({ milterTimeoutMs: 80 }), { [step]: () => undefined });
      assert.match(await send(client), /^451 4\.7\.1 A mail filter is not available/);
      client.close();
    }
    const nobody = await startMilter();
    await nobody[Symbol.asyncDispose]();
    const client = await hello(await service({ milters: [at(nobody)] }));
    assert.match(await send(client), /^451 /);
    client.close();
  });
});
