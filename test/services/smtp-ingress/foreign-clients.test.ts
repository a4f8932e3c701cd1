/** What clients that are not ours do with the extensions: swaks, curl, Python, nodemailer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTransport } from 'nodemailer';
import type { Running } from '../../../shared/runtime/service.ts';
import { missingProgram, runProgram } from '../../clients/program.ts';
import { PASSWORD, World } from './world.ts';

const ALICE = 'alice@example.test';

describe('foreign clients', () => {
  let world: World;
  /** A replica whose clients on loopback are proxies, by XCLIENT and by PROXY. */
  let behind: { xclient: Running; proxy: Running };
  before(async () => {
    world = await World.open();
    behind = {
      xclient: await world.with({}, { xclientNetworks: ['127.0.0.0/8'], plaintextAuth: 'loopback' }),
      proxy: await world.with({}, { proxyProtocol: ['127.0.0.0/8'] }),
    };
  });
  after(() => world?.close());

  const port = (running: Running, listener: string): number => running.addresses[listener]!.port;

  function swaks(running: Running, listener: string, ...more: string[]): Promise<string> {
    return runProgram('swaks', [
      ...['--server', '127.0.0.1', '--port', String(port(running, listener)), '--timeout', '20'],
      ...['--helo', 'client.test', '--from', 'friend@elsewhere.test', '--to', ALICE, '--body', 'hello'],
      ...more,
    ]).then(String);
  }

  async function storedBy(said: string): Promise<string> {
    const emailId = /queued as ([0-9a-f]{32})/.exec(said)?.[1];
    assert.ok(emailId, said);
    return world.stored(emailId);
  }

  describe('swaks', { skip: missingProgram('swaks') }, () => {
    test('XCLIENT: the message is from whom the proxy says, in clear and after STARTTLS', async () => {
      for (const tls of [[], ['--tls']]) {
        const said = await swaks(
          behind.xclient,
          'smtp',
          ...tls,
          '--xclient',
          'NAME=real.client.example ADDR=203.0.113.9 HELO=spoken.example',
        );
        assert.match(said, /XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT/);
        assert.match(
          await storedBy(said),
          /^Received: from client\.test \(real\.client\.example \[203\.0\.113\.9\]\)/m,
        );
      }
      // swaks ends with 33 where XCLIENT is not offered.
      await assert.rejects(swaks(world.running, 'smtp', '--xclient-addr', '203.0.113.9'), /ended with 33/);
    });

    test('XCLIENT LOGIN: who logged in at the proxy may send as themselves, and nobody else', async () => {
      const as = (login: string, from: string) =>
        swaks(behind.xclient, 'submission', '--xclient', `ADDR=203.0.113.9 LOGIN=${login}`, '--from', from);
      assert.match(await storedBy(await as(ALICE, ALICE)), /with ESMTPA id/);
      await assert.rejects(as(ALICE, 'bob@example.test'), /553 5\.7\.1/);
      await assert.rejects(as('nobody@example.test', ALICE), /550 5\.7\.8/);
      // From afar no password is taken in clear, whatever the proxy is.
      const auth = ['--auth', 'PLAIN', '--auth-user', ALICE, '--auth-password', PASSWORD, '--from', ALICE];
      await assert.rejects(
        swaks(behind.xclient, 'submission', '--xclient', 'ADDR=203.0.113.9', ...auth),
        /No authentication/i,
      );
    });

    test('PROXY, versions 1 and 2', async () => {
      for (const version of ['1', '2']) {
        const said = await swaks(
          behind.proxy,
          'smtp',
          ...['--proxy-version', version, '--proxy-family', version === '1' ? 'TCP4' : 'AF_INET'],
          ...['--proxy-source', '203.0.113.9', '--proxy-source-port', '56324'],
          ...['--proxy-dest', '198.51.100.2', '--proxy-dest-port', '25'],
          ...(version === '2' ? ['--proxy-protocol', 'STREAM', '--proxy-command', 'PROXY'] : []),
        );
        assert.match(await storedBy(said), /^Received: from client\.test \(\[203\.0\.113\.9\]\)/m, version);
      }
      await assert.rejects(swaks(behind.proxy, 'smtp'));
    });

    test('AUTH: PLAIN and LOGIN, over STARTTLS and TLS; what is not offered is not used', async () => {
      for (const mechanism of ['PLAIN', 'LOGIN']) {
        const auth = [
          '--auth',
          mechanism,
          '--auth-user',
          ALICE,
          '--auth-password',
          PASSWORD,
          '--from',
          ALICE,
        ];
        assert.match(
          await storedBy(await swaks(world.running, 'submission', '--tls', ...auth)),
          /with ESMTPSA id/,
        );
        await swaks(world.running, 'submissions', '--tls-on-connect', ...auth);
      }
      const md5 = ['--auth', 'CRAM-MD5', '--auth-user', ALICE, '--auth-password', PASSWORD];
      // swaks ends with 28 where no mechanism that it may use is offered.
      await assert.rejects(swaks(world.running, 'submission', '--tls', ...md5), /ended with 28/);
    });
  });

  test('Python: SMTPUTF8 from an address that is not ASCII', {
    skip: missingProgram('python3'),
  }, async () => {
    const script = `
import smtplib, sys
from email.message import EmailMessage
from email.policy import SMTPUTF8
message = EmailMessage(policy=SMTPUTF8)
message['From'] = 'jürgen@bücher.example'
message['To'] = '${ALICE}'
message['Subject'] = 'Grüße'
message.set_content('Füße')
client = smtplib.SMTP('127.0.0.1', ${port(world.running, 'smtp')}, local_hostname='client.test', timeout=20)
client.ehlo()
assert client.has_extn('smtputf8')
client.send_message(message, 'jürgen@bücher.example', ['${ALICE}'])
client.quit()
`;
    await runProgram('python3', ['-c', script]);
    const { kysely } = world.opened.ports.database;
    const row = await kysely
      .selectFrom('spool_local')
      .select('email_id')
      .where('reverse_path', '=', 'jürgen@bücher.example')
      .executeTakeFirstOrThrow();
    const stored = Buffer.from(await world.stored(row.email_id), 'latin1').toString();
    assert.match(stored, /^Return-Path: <jürgen@bücher\.example>\r\n/);
    assert.match(stored, /with UTF8SMTP id/);
    assert.match(stored, /^From: jürgen@bücher\.example\r\n/m);
  });

  test('nodemailer: DSN over STARTTLS', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: port(world.running, 'submission'),
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: ALICE, pass: PASSWORD },
    });
    const sent = await transport.sendMail({
      from: ALICE,
      to: 'friend@elsewhere.test',
      subject: 'a report, please',
      text: 'hello',
      dsn: {
        id: 'some id',
        return: 'headers',
        notify: ['success', 'failure'],
        recipient: 'friend@elsewhere.test',
      },
    });
    transport.close();
    const emailId = /queued as ([0-9a-f]{32})/.exec(sent.response)![1]!;
    const row = await world.opened.ports.database.kysely
      .selectFrom('spool_remote')
      .select(['envelope_id', 'return_content', 'original_recipient', 'notify'])
      .where('email_id', '=', emailId)
      .executeTakeFirstOrThrow();
    assert.match(row.envelope_id ?? '', /^some\+20id$|^some id$/);
    assert.equal(row.return_content, 'headers');
    assert.equal(row.original_recipient, 'rfc822;friend@elsewhere.test');
  });

  test('curl: a message of 3 MB to several, over TLS', { skip: missingProgram('curl') }, async () => {
    const body = `Subject: large\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(40_000)}`;
    await runProgram(
      'curl',
      [
        ...['--silent', '--show-error', '--insecure', '--max-time', '30'],
        ...['--url', `smtps://127.0.0.1:${port(world.running, 'submissions')}/client.test`],
        ...['--user', `${ALICE}:${PASSWORD}`, '--mail-from', ALICE, '--mail-rcpt', ALICE],
        ...['--mail-rcpt', 'bob@example.test', '--upload-file', '-'],
      ],
      { input: body },
    );
    const found = await world.opened.ports.database.kysely
      .selectFrom('spool_local')
      .select('forward_path')
      .where('size', '>', 3_000_000)
      .execute();
    assert.deepEqual(found.map((row) => row.forward_path).sort(), [ALICE, 'bob@example.test']);
  });
});
