import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { createLogIns } from '../../../shared/account/log-ins.ts';
import { SpoolUnavailable } from '../../../shared/spool/port.ts';
import { Client, plain, queuedAs, World } from './world.ts';

describe('smtp-ingress', () => {
  let world: World;
  before(async () => {
    world = await World.open();
    await createAlias(world.opened.ports.database, {
      address: 'all@example.test',
      targets: ['alice@example.test', 'bob@example.test', 'friend@elsewhere.test'],
    });
  });
  after(() => world.close());

  async function open(listener = 'smtp', login?: string): Promise<Client> {
    const client = await Client.open(world.running, listener);
    await client.say(listener === 'lmtp' ? 'LHLO c.test' : 'EHLO c.test');
    if (login) assert.match(await client.say(plain(login)), /^235 /);
    return client;
  }

  test('stores the message as it came, behind its trace fields', async () => {
    const client = await open();
    await client.envelope('a@c.test', 'alice@example.test');
    const body = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).filter(
      (c) => !'\r\n'.includes(c),
    );
    const message = `Subject: x\r\nReturn-Path: <theirs@c.test>\r\n\r\n.dot\r\n..\r\n${body.join('')}\r\n`;
    const emailId = queuedAs(await client.message(message.replace(/^\./gm, '..')));
    const stored = await world.stored(emailId);
    const [trace, rest] = [stored.slice(0, -message.length), stored.slice(-message.length)];
    assert.equal(rest, message);
    assert.match(
      trace,
      new RegExp(
        '^Return-Path: <a@c\\.test>\\r\\nReceived: from c\\.test \\(\\[127\\.0\\.0\\.1\\]\\)\\r\\n' +
          `\\tby mail\\.example\\.test \\(Cartero\\) with ESMTP id ${emailId}\\r\\n` +
          '\\tfor <alice@example\\.test>;\\r\\n\\t\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} \\+0000\\r\\n$',
      ),
    );
    const spooled = await world.spooled(emailId);
    assert.deepEqual(spooled.local, ['alice@example.test']);
    assert.match(spooled.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    client.close();
  });

  test('a message without header gets the blank line that makes its text a body', async () => {
    const client = await open();
    await client.envelope('', 'alice@example.test');
    const stored = await world.stored(queuedAs(await client.message('hi\r\n')));
    assert.match(stored, /^Return-Path: <>\r\nReceived: [\s\S]*\+0000\r\n\r\nhi\r\n$/);
    client.close();
  });

  test('an account reached twice, by its name and by an alias, has one entry; nobody learns of the others', async () => {
    const client = await open();
    await client.envelope('a@c.test', 'alice@example.test', 'all@example.test', 'Alice@Example.Test');
    const emailId = queuedAs(await client.message('Subject: x\r\n\r\n\xe4\r\n'));
    const returnPathBytes = 'Return-Path: <a@c.test>\r\n'.length;
    const { local, remote } = await world.spooled(emailId);
    assert.deepEqual(local, ['alice@example.test', 'bob@example.test']);
    assert.deepEqual(remote, [`friend@elsewhere.test 8bit ${returnPathBytes}`]);
    assert.doesNotMatch(await world.stored(emailId), / for </);
    client.close();
  });

  test('a submission gets From, Date and Message-ID when they are missing, else none of them', async () => {
    const client = await open('submission', 'alice@example.test');
    await client.envelope('alice@example.test', 'x@elsewhere.test');
    const without = queuedAs(await client.message('Subject: x\r\n\r\nbody\r\n'));
    assert.match(
      await world.stored(without),
      new RegExp(
        `with ESMTPA id [\\s\\S]*\\r\\nSubject: x\\r\\nFrom: <alice@example\\.test>\\r\\nDate: .*\\r\\nMessage-ID: <${without}@mail\\.example\\.test>\\r\\n\\r\\nbody\\r\\n$`,
      ),
    );
    await client.envelope('alice@example.test', 'x@elsewhere.test');
    const message =
      'from: alice@example.test\r\nmessage-id: <1@c.test>\r\ndate: Mon, 23 Nov 2026 19:00:08 +0000\r\n\r\nbody\r\n';
    const stored = await world.stored(queuedAs(await client.message(message)));
    assert.ok(stored.endsWith(`+0000\r\n${message}`));
    client.close();
  });

  test('the null reverse-path is open to a submitter, who sends read receipts with it', async () => {
    const client = await open('submission', 'alice@example.test');
    await client.envelope('', 'bob@example.test');
    const stored = await world.stored(queuedAs(await client.message('Subject: read\r\n\r\n')));
    assert.match(stored, /\r\nSubject: read\r\nFrom: <alice@example\.test>\r\nDate: /);
    client.close();
  });

  test('TLS by STARTTLS on the MX, and from the first byte on submissions, is told in Received', async () => {
    const mx = await open();
    await mx.say('STARTTLS');
    await mx.startTls();
    await mx.say('EHLO c.test');
    await mx.envelope('a@c.test', 'alice@example.test');
    const stored = await world.stored(queuedAs(await mx.message('\r\n')));
    assert.match(
      stored,
      /\(using TLSv1\.3 with cipher TLS_\w+\)\r\n\tby mail\.example\.test \(Cartero\) with ESMTPS id /,
    );
    mx.close();
    const submissions = await Client.open(world.running, 'submissions', 'tls');
    await submissions.say('EHLO c.test');
    await submissions.say(plain('bob@example.test'));
    await submissions.envelope('bob@example.test', 'alice@example.test');
    assert.match(await world.stored(queuedAs(await submissions.message('\r\n'))), / with ESMTPSA id /);
    submissions.close();
  });

  test('a large message streams through, whole', async () => {
    const client = await open();
    await client.envelope('a@c.test', 'alice@example.test');
    const line = `${'0123456789'.repeat(7)}\r\n`;
    client.send('Subject: large\r\n\r\n');
    for (let i = 0; i < 50; i++) client.send(line.repeat(3_000));
    const stored = await world.stored(queuedAs(await client.message('')));
    assert.equal(stored.slice(stored.indexOf('\r\n\r\n') + 4), line.repeat(150_000));
    client.close();
  });

  test('a message over the limit is refused at its end, and the next one is taken', async () => {
    const small = await world.with({}, { maxMessageBytes: 70_000 });
    const client = await Client.open(small, 'smtp');
    await client.say('EHLO c.test');
    await client.envelope('a@c.test', 'alice@example.test');
    assert.match(await client.message('0123456789\r\n'.repeat(7_000)), /^552 5\.3\.4 /);
    await client.envelope('a@c.test', 'alice@example.test');
    queuedAs(await client.message('Subject: small\r\n\r\n'));
    client.close();
  });

  test('without the spool a message gets 451, and the session goes on', async () => {
    const { spool } = world.opened.ports;
    let broken = true;
    const running = await world.with({
      spool: {
        enqueue: (submission) =>
          broken ? Promise.reject(new SpoolUnavailable()) : spool.enqueue(submission),
      },
    });
    const client = await Client.open(running, 'smtp');
    await client.say('EHLO c.test');
    await client.envelope('a@c.test', 'alice@example.test');
    assert.match(await client.message('Subject: x\r\n\r\n'), /^451 4\.3\.0 /);
    broken = false;
    await client.envelope('a@c.test', 'alice@example.test');
    queuedAs(await client.message('Subject: x\r\n\r\n'));
    client.close();
  });

  test('a commit whose outcome is unknown is not taken back: its bytes stay', async () => {
    const { spool } = world.opened.ports;
    let emailId = '';
    const running = await world.with({
      spool: {
        async enqueue(submission) {
          ({ emailId } = await spool.enqueue(submission));
          throw new SpoolUnavailable();
        },
      },
    });
    const client = await Client.open(running, 'smtp');
    await client.say('EHLO c.test');
    await client.envelope('a@c.test', 'alice@example.test');
    const message = `Subject: x\r\n\r\n${'0123456789\r\n'.repeat(50_000)}`;
    assert.match(await client.message(message), /^451 4\.3\.0 /);
    client.close();
    await running.stop(1_000);
    assert.ok((await world.stored(emailId)).endsWith(message));
  });

  test('when storage fails in the middle of a message, it gets 451 at its end', async () => {
    const { storage } = world.opened.ports;
    let aborted = 0;
    const running = await world.with({
      storage: {
        ...storage,
        create() {
          const writer = storage.create();
          const abort = () => {
            aborted++;
            return writer.abort();
          };
          return {
            ...writer,
            emailId: writer.emailId,
            abort,
            write: () => Promise.reject(new Error('disk full')),
          };
        },
      },
    });
    const client = await Client.open(running, 'smtp');
    await client.say('EHLO c.test');
    await client.envelope('a@c.test', 'alice@example.test');
    assert.match(
      await client.message(`${'x'.repeat(70)}\r\n`.repeat(5_000)),
      /^451 4\.3\.0 Temporary failure/,
    );
    assert.match(await client.say('NOOP'), /^250 /);
    assert.equal(aborted, 1);
    client.close();
  });

  test('a directory that cannot be asked costs the client a try, not its session', async () => {
    const down = () => Promise.reject(new Error('connection refused by 10.0.0.1'));
    const { accounts } = world.opened.ports;
    const away = { ...accounts, resolve: down, matchPassword: down };
    const running = await world.with({
      accounts: away,
      logIns: createLogIns({ ...world.opened.ports, accounts: away, config: world.opened.config }),
    });
    const mx = await Client.open(running, 'smtp');
    await mx.say('EHLO c.test');
    await mx.say('MAIL FROM:<a@c.test>');
    assert.equal(
      await mx.say('RCPT TO:<alice@example.test>'),
      '451 4.3.0 Temporary failure, try again later',
    );
    const submission = await Client.open(running, 'submission');
    await submission.say('EHLO c.test');
    assert.match(await submission.say(plain('alice@example.test')), /^454 4\.7\.0 /);
    assert.match(await submission.say('NOOP'), /^250 /);
    mx.close();
    submission.close();
  });

  test('addresses cannot be harvested: after fifty that are not there the session is over', async () => {
    const client = await open();
    await client.say('MAIL FROM:<a@c.test>');
    for (let i = 0; i < 50; i++) {
      const unknown = i % 2 ? `nobody${i}@example.test` : `x${i}@elsewhere.test`;
      assert.match(await client.say(`RCPT TO:<${unknown}>`), /^550 /);
    }
    assert.match(await client.reply(), /^421 4\.7\.0 /);
    assert.equal(await client.reply(), '<closed>');
  });

  test('AUTH= of MAIL is taken where AUTH is offered', async () => {
    const mx = await open();
    assert.match(await mx.say('MAIL FROM:<a@c.test> AUTH=<>'), /^555 5\.5\.4 /);
    mx.close();
    const submission = await open('submission', 'alice@example.test');
    assert.match(await submission.say('MAIL FROM:<alice@example.test> AUTH=<>'), /^250 /);
    submission.close();
  });

  test('without TLS no password is taken when the settings say so', async () => {
    const running = await world.with({}, { plaintextAuth: 'never' });
    const client = await Client.open(running, 'submission');
    await client.say('EHLO c.test');
    assert.match(await client.say('MAIL FROM:<alice@example.test>'), /^530 5\.7\.0 Issue a STARTTLS/);
    assert.match(await client.say(plain('alice@example.test')), /^538 5\.7\.11 /);
    client.close();
  });

  test('stopping: idle clients hear 421, a message under way is taken first', async () => {
    const running = await world.with({});
    const idle = await Client.open(running, 'smtp');
    const busy = await Client.open(running, 'smtp');
    await busy.say('EHLO c.test');
    await busy.envelope('a@c.test', 'alice@example.test');
    const stopped = running.stop(10_000);
    assert.match(await idle.reply(), /^421 4\.3\.2 /);
    assert.equal(await idle.reply(), '<closed>');
    queuedAs(await busy.message('Subject: last\r\n\r\n'));
    assert.match(await busy.reply(), /^421 4\.3\.2 /);
    busy.close();
    await stopped;
    const { host, port } = running.addresses.smtp!;
    await assert.rejects(fetch(`http://${host}:${port}`));
  });

  test('a taken port is named, and nothing stays open', async () => {
    const { port } = world.running.addresses.lmtp!;
    const { config } = world.opened;
    await assert.rejects(
      world.with({}, { ports: { ...config.ports, lmtp: port } }),
      new RegExp(`127\\.0\\.0\\.1:${port}`),
    );
  });

  test('ready while bus and database are there', async () => {
    assert.deepEqual(world.running.notReady(), []);
    const { ports } = world.opened;
    const running = await world.with({ bus: Object.create(ports.bus, { connected: { value: false } }) });
    assert.deepEqual(running.notReady(), ['bus']);
  });

  test('the log tells who, what and why, and neither passwords nor texts', async () => {
    const lines: string[] = [];
    const note = (fields: object, text: string) => void lines.push(JSON.stringify({ ...fields, text }));
    const { ports, config } = world.opened;
    const log: typeof ports.log = Object.create(ports.log, {
      info: { value: note },
      warn: { value: note },
      error: { value: note },
    });
    const running = await world.with({ log, logIns: createLogIns({ ...ports, log, config }) });
    const client = await Client.open(running, 'submission');
    await client.say('EHLO c.test');
    await client.say(plain('alice@example.test', 'guessed-password'));
    await client.say(plain('alice@example.test'));
    await client.say('MAIL FROM:<bob@example.test>');
    await client.envelope('alice@example.test', 'bob@example.test');
    const emailId = queuedAs(await client.message('Subject: private\r\n\r\nprivate\r\n'));
    const told = lines.join('\n');
    assert.match(told, /"outcome":"refused","name":"alice@example\.test",.*"text":"log-in"/);
    assert.match(told, /"reversePath":"bob@example\.test","code":553,.*"text":"refused"/);
    assert.match(
      told,
      new RegExp(`"emailId":"${emailId}".*"submitter":"alice@example\\.test","text":"message accepted"`),
    );
    assert.doesNotMatch(told, /private|guessed|long enough/);
    client.close();
  });

  test('what happened is counted', async () => {
    const client = await open();
    await client.say('MAIL FROM:<a@c.test>');
    await client.say('RCPT TO:<x@elsewhere.test>');
    const text = await world.opened.ports.metrics.text();
    assert.match(text, /cartero_smtp_replies_total\{command="RCPT",code="550"\} [1-9]/);
    assert.match(text, /cartero_smtp_connections\{listener="smtp"\} [1-9]/);
    assert.match(text, /cartero_smtp_messages_accepted_total\{listener="smtp"\} [1-9]/);
    assert.match(text, /cartero_smtp_accept_seconds_count\{listener="submission"\} [1-9]/);
    assert.match(text, /cartero_smtp_logins_total\{result="accepted"\} [1-9]/);
    client.close();
  });
});
