import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Notify } from '../../../shared/spool/port.ts';
import { onBothDatabases } from '../../shared/account/databases.ts';
import { makeWorld, type World } from './world.ts';

const USUAL = ['PIPELINING', 'SIZE 10485760', '8BITMIME', 'ENHANCEDSTATUSCODES'];
const BINARY = 'Subject: b\r\n\r\n.\r\n\0\n.\n\r.\r\n\xe4';

onBothDatabases('relay worker: extensions', (database) => {
  let world: World;
  before(async () => {
    world = await makeWorld(database());
  });
  after(() => world.stop());

  const said = async (emailId: string, count = 1) =>
    (await world.settled(emailId, count)).map(({ outcome, status }) => `${outcome} ${status}`);
  const dsn = async (about: string) =>
    world.until(`a DSN about ${about}`, async () => (await world.dsns(about))[0]);

  test('binary content arrives octet for octet, in a chunk; a server that has none fails it for good', async () => {
    const sink = await world.domain('bin.example', { ehlo: [...USUAL, 'CHUNKING', 'BINARYMIME'] });
    const options = { text: BINARY, body: 'binary' } as const;
    assert.deepEqual(await said(await world.submit(['a@bin.example'], options)), ['delivered 2.0.0']);
    assert.equal(
      sink.messages[0]?.mail,
      `<alice@example.test> SIZE=${Buffer.byteLength(BINARY)} BODY=BINARYMIME`,
    );
    assert.equal(sink.messages[0]?.data.toString(), BINARY);
    const other = await world.domain('nobin.example', { ehlo: [...USUAL, 'CHUNKING'] });
    assert.deepEqual(await said(await world.submit(['a@nobin.example'], options)), ['failed 5.6.3']);
    assert.equal(other.messages.length, 0);
    assert.match(await dsn('a@nobin.example'), /\r\nStatus: 5\.6\.3\r\n/);
  });

  test('what needs TLS all the way goes to no server that lacks it, and comes back without its text', async () => {
    const clear = await world.domain('clear.example', { ehlo: [...USUAL, 'REQUIRETLS'] });
    const options = { requireTls: true, text: 'Subject: s\r\n\r\nvery secret\r\n' };
    assert.deepEqual(await said(await world.submit(['a@clear.example'], options)), ['failed 5.7.10']);
    const unknown = await world.domain('selfmade.example', { ehlo: [...USUAL, 'REQUIRETLS'], tls: true });
    assert.deepEqual(await said(await world.submit(['a@selfmade.example'], options)), ['failed 5.7.10']);
    assert.ok([...clear.lines, ...unknown.lines].every((line) => !line.includes('MAIL')));
    const back = await dsn('a@clear.example');
    assert.match(back, /\r\nSubject: s\r\n/);
    assert.doesNotMatch(back, /very secret/);
  });

  test('DELIVERBY: handed on with the time that is left, given back when it is over or not kept', async () => {
    const sink = await world.domain('timed.example', { ehlo: [...USUAL, 'DELIVERBY'] });
    const within = (ms: number, mode: 'return' | 'notify') => ({
      deliverBy: { at: Date.now() + ms, mode, trace: false },
    });
    assert.deepEqual(await said(await world.submit(['a@timed.example'], within(60_000, 'return'))), [
      'delivered 2.0.0',
    ]);
    assert.match(sink.messages[0]?.mail ?? '', / BY=(60|5\d);R$/);
    // The relay goes by the database's clock, which ours may be a little ahead of.
    assert.deepEqual(await said(await world.submit(['late@timed.example'], within(-1_000, 'return'))), [
      'failed 5.4.7',
    ]);
    assert.match(await dsn('late@timed.example'), /\r\nAction: failed\r\nStatus: 5\.4\.7\r\n/);
    assert.equal(sink.messages.length, 1);
    const untimed = await world.domain('untimed.example');
    assert.deepEqual(await said(await world.submit(['a@untimed.example'], within(60_000, 'return'))), [
      'failed 5.3.3',
    ]);
    assert.deepEqual(await said(await world.submit(['b@untimed.example'], within(60_000, 'notify'))), [
      'delivered 2.0.0',
    ]);
    assert.match(await dsn('b@untimed.example'), /\r\nAction: relayed\r\n/);
    assert.equal(untimed.messages.length, 1);
    untimed.script = { reply: (line) => (line.startsWith('RCPT') ? '450 4.2.1 later' : undefined) };
    await world.submit(['slow@untimed.example'], within(100, 'notify'));
    assert.match(await dsn('slow@untimed.example'), /\r\nAction: delayed\r\n/);
  });

  test('a priority is passed on, and served first', async () => {
    const sink = await world.domain('prio.example', {
      ehlo: [...USUAL, 'MT-PRIORITY'],
      greeting: '421 4.3.2 not yet',
    });
    const ids: string[] = [];
    for (const priority of [-4, 0, 7])
      ids.push(await world.submit([`p${priority}@prio.example`], { priority }));
    await world.settled(ids[0]!, 1);
    sink.script = { ehlo: [...USUAL, 'MT-PRIORITY'] };
    await sink.until(() => sink.messages.length === 3);
    const mails = Object.fromEntries(sink.messages.map(({ rcpts, mail }) => [rcpts[0], mail]));
    assert.match(mails['<p7@prio.example>'] ?? '', / MT-PRIORITY=7$/);
    assert.match(mails['<p-4@prio.example>'] ?? '', / MT-PRIORITY=-4$/);
    assert.doesNotMatch(mails['<p0@prio.example>'] ?? '', /MT-PRIORITY/);
  });

  test('LIMITS of a server are kept: recipients and domains of a transaction, transactions of a connection', async () => {
    const sink = await world.domain('limits.example', {
      ehlo: [...USUAL, 'LIMITS RCPTMAX=2 MAILMAX=2'],
    });
    const to = Array.from({ length: 7 }, (_, i) => `r${i}@limits.example`);
    const emailId = await world.submit(to);
    assert.deepEqual(await said(emailId, 7), Array(7).fill('delivered 2.0.0'));
    const sizes = sink.messages.map(({ rcpts }) => rcpts.length);
    assert.deepEqual([Math.max(...sizes), sizes.reduce((sum, size) => sum + size, 0)], [2, 7]);
    const perConnection = Map.groupBy(sink.messages, ({ connection }) => connection);
    assert.ok([...perConnection.values()].every((messages) => messages.length <= 2));
    assert.equal((await world.attempts(emailId)).length, 7, 'nobody waited for a second attempt');
  });

  test('lost after the whole message: tried again, and the record says that it is not known', async () => {
    let first = true;
    const sink = await world.domain('lost.example', {
      reply: (line) => {
        if (line !== '.' || !first) return undefined;
        first = false;
        return 'drop';
      },
    });
    const emailId = await world.submit(['a@lost.example']);
    const [lost, again] = await world.settled(emailId, 2);
    assert.deepEqual([lost?.outcome, again?.outcome], ['retry', 'delivered']);
    assert.match(
      lost?.reply ?? '',
      /closed the connection before its reply to the whole message: whether it took it is not known$/,
    );
    assert.equal(sink.messages.length, 1);
    const text = await world.ports.metrics.text();
    assert.match(text, /^cartero_relay_uncertain_total 1$/m);
    assert.match(text, /^cartero_relay_repeats_total 1$/m);
  });

  test('reports: what was delivered or expanded here, or found no room, is told to who wants to hear it, and sent nowhere', async () => {
    const asked = {
      notify: Notify.Success | Notify.Failure,
      originalRecipient: 'rfc822;bob+2B1@x',
      envelopeId: 'E7',
    };
    await world.submit(['box@example.test'], { ...asked, report: 'delivered' });
    const delivered = await dsn('box@example.test');
    assert.match(delivered, /\r\nSubject: Your message was delivered\r\n/);
    assert.match(delivered, /\r\nOriginal-Envelope-Id: E7\r\n/);
    assert.match(
      delivered,
      /\r\nOriginal-Recipient: rfc822; bob\+1@x\r\nFinal-Recipient: rfc822; box@example\.test\r\nAction: delivered\r\nStatus: 2\.0\.0\r\nLast-Attempt-Date: /,
    );
    await world.submit(['many@example.test'], { ...asked, report: 'expanded' });
    assert.match(await dsn('many@example.test'), /\r\nAction: expanded\r\nStatus: 2\.0\.0\r\n/);
    await world.submit(['full@example.test'], { report: 'over-quota' });
    assert.match(await dsn('full@example.test'), /\r\nAction: failed\r\nStatus: 5\.2\.2\r\n/);
    const never = await world.submit(['quiet@example.test'], { report: 'over-quota', notify: Notify.Never });
    await world.settled(never, 1);
    assert.deepEqual(await world.dsns('quiet@example.test'), []);
    assert.deepEqual(await world.queue('example.test'), []);
  });

  test('UTF-8 in ORCPT is told as RFC 6533 has it', async () => {
    const options = {
      notify: Notify.Success,
      originalRecipient: 'utf-8;\\x{E4}@x',
      report: 'delivered',
    } as const;
    await world.submit(['plain@example.test'], options);
    assert.match(await dsn('plain@example.test'), /\r\nOriginal-Recipient: utf-8; \\x\{E4\}@x\r\n/);
    await world.submit(['ö@example.test'], { ...options, smtpUtf8: true });
    const international = await dsn('ö@example.test');
    assert.match(international, /report-type=global-delivery-status/);
    assert.match(
      international,
      /\r\nOriginal-Recipient: utf-8; ä@x\r\nFinal-Recipient: utf-8; ö@example\.test\r\n/,
    );
  });
});
