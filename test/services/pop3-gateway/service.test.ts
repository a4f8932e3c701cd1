import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { subjects } from '../../../shared/bus/subjects.ts';
import { MailboxUnavailable } from '../../../shared/mailbox/operations.ts';
import { type Maildrops, openMaildrops, PASSWORD } from './maildrops.ts';
import { Pop3Client } from './pop3-client.ts';

const FIRST = 'Subject: one\r\n\r\nhello\r\n.dot\r\n';
const SECOND = 'Subject: two\r\n\r\n1\r\n2\r\n3\r\n';
const THIRD = 'Subject: three\r\n\r\n\r\n';

describe('pop3-gateway', () => {
  let maildrops: Maildrops;
  let port = 0;

  before(async () => {
    maildrops = await openMaildrops();
    port = maildrops.gateway.addresses.pop3!.port;
  });

  after(() => maildrops?.stop());

  beforeEach(() => {
    maildrops.before = () => undefined;
    maildrops.asked.splice(0);
  });

  const logIn = (name: string): Promise<Pop3Client> => Pop3Client.logIn(port, name, PASSWORD);

  test('STAT, LIST, UIDL, RETR, TOP as RFC 1939 shows them', async () => {
    const name = await maildrops.account(FIRST, SECOND, THIRD);
    const client = await logIn(name);
    const octets = FIRST.length + SECOND.length + THIRD.length;
    assert.equal(await client.command('STAT'), `+OK 3 ${octets}`);
    assert.deepEqual(await client.multiLine('LIST'), [
      `1 ${FIRST.length}`,
      `2 ${SECOND.length}`,
      `3 ${THIRD.length}`,
    ]);
    assert.equal(await client.command('LIST 2'), `+OK 2 ${SECOND.length}`);
    assert.match(await client.command('LIST 4'), /^-ERR /);
    assert.match(await client.command('LIST 0'), /^-ERR /);
    const uniqueIds = await client.multiLine('UIDL');
    assert.ok(
      uniqueIds.every((line) => /^[123] \d+\.\d+$/.test(line)),
      uniqueIds.join(),
    );
    assert.equal(await client.command('UIDL 2'), `+OK ${uniqueIds[1]}`);
    assert.equal(await client.message('RETR 1'), FIRST);
    assert.equal(await client.message('TOP 2 1'), 'Subject: two\r\n\r\n1\r\n');
    assert.equal(await client.message('TOP 2 0'), 'Subject: two\r\n\r\n');
    assert.equal(await client.message('TOP 3 100'), THIRD);
    assert.match(await client.command('NOOP'), /^\+OK/);
    assert.match(await client.command('QUIT'), /^\+OK/);
    assert.equal(await client.untilClosed(), '');
    assert.deepEqual(await maildrops.messages(name), [FIRST, SECOND, THIRD]);
  });

  test('unique-ids stay with their messages from session to session', async () => {
    const name = await maildrops.account(FIRST, SECOND);
    const client = await logIn(name);
    const before = await client.multiLine('UIDL');
    await client.expectOk('DELE 1');
    await client.expectOk('QUIT');
    await maildrops.add(name, FIRST);
    const next = await logIn(name);
    const after = await next.multiLine('UIDL');
    await next.expectOk('QUIT');
    const ids = (lines: string[]): (string | undefined)[] => lines.map((line) => line.split(' ')[1]);
    assert.equal(ids(after)[0], ids(before)[1]);
    assert.ok(!ids(before).includes(ids(after)[1]));
  });

  test('an empty maildrop', async () => {
    const client = await logIn(await maildrops.account());
    assert.equal(await client.command('STAT'), '+OK 0 0');
    assert.deepEqual(await client.multiLine('LIST'), []);
    assert.deepEqual(await client.multiLine('UIDL'), []);
    assert.match(await client.command('RETR 1'), /^-ERR/);
    await client.expectOk('QUIT');
  });

  test('DELE hides, RSET brings back, QUIT removes in one request', async () => {
    const name = await maildrops.account(FIRST, SECOND, THIRD);
    const client = await logIn(name);
    await client.expectOk('DELE 1');
    await client.expectOk('DELE 2');
    for (const command of ['DELE 1', 'RETR 1', 'TOP 1 1', 'UIDL 1', 'LIST 1']) {
      assert.match(await client.command(command), /^-ERR/, command);
    }
    assert.equal(await client.command('STAT'), `+OK 1 ${THIRD.length}`);
    assert.deepEqual(await client.multiLine('LIST'), [`3 ${THIRD.length}`]);
    await client.expectOk('RSET');
    assert.match(await client.command('STAT'), /^\+OK 3 /);
    await client.expectOk('DELE 1');
    await client.expectOk('DELE 3');
    assert.equal((await maildrops.messages(name)).length, 3);
    await client.expectOk('QUIT');
    assert.deepEqual(await maildrops.messages(name), [SECOND]);
    assert.equal(maildrops.asked.filter((verb) => verb === 'expunge').length, 1);
    await (await logIn(name)).expectOk('QUIT');
  });

  test('a connection that ends without QUIT deletes nothing and frees the maildrop', async () => {
    const name = await maildrops.account(FIRST);
    const client = await logIn(name);
    await client.expectOk('DELE 1');
    client.destroy();
    for (let turn = 0; !maildrops.asked.includes('unlockMaildrop') && turn < 500; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const next = await logIn(name);
    assert.match(await next.command('STAT'), /^\+OK 1 /);
    await next.expectOk('QUIT');
  });

  test('a QUIT that cannot be done says so, deletes nothing and closes', async () => {
    const name = await maildrops.account(FIRST);
    const client = await logIn(name);
    await client.expectOk('DELE 1');
    maildrops.before = (verb) => {
      if (verb === 'expunge') throw new MailboxUnavailable();
    };
    assert.match(await client.command('QUIT'), /^-ERR \[SYS\/TEMP\]/);
    await client.untilClosed();
    assert.deepEqual(await maildrops.messages(name), [FIRST]);
    await (await logIn(name)).expectOk('QUIT');
  });

  test('the maildrop is locked: [IN-USE], and the client may try again', async () => {
    const name = await maildrops.account(FIRST);
    const first = await logIn(name);
    const second = await Pop3Client.open(port);
    await second.expectOk(`USER ${name}`);
    assert.match(await second.command(`PASS ${PASSWORD}`), /^-ERR \[IN-USE\]/);
    await first.expectOk('QUIT');
    await second.expectOk(`USER ${name}`);
    await second.expectOk(`PASS ${PASSWORD}`);
    await second.expectOk('QUIT');
  });

  test('a mailbox actor that is away is [SYS/TEMP], and nothing stays locked', async () => {
    const name = await maildrops.account(FIRST);
    maildrops.before = (verb) => {
      if (verb === 'facts') throw new MailboxUnavailable();
    };
    const client = await Pop3Client.open(port);
    await client.expectOk(`USER ${name}`);
    assert.match(await client.command(`PASS ${PASSWORD}`), /^-ERR \[SYS\/TEMP\]/);
    maildrops.before = () => undefined;
    await (await logIn(name)).expectOk('QUIT');
    client.destroy();
  });

  test('wrong name and wrong password look alike, the third failure closes', async () => {
    const name = await maildrops.account();
    const client = await Pop3Client.open(port);
    const replies: string[] = [];
    for (const tried of ['nobody@example.test', name, name]) {
      await client.expectOk(`USER ${tried}`);
      replies.push(await client.command('PASS wrong'));
    }
    assert.equal(replies[0], replies[1]);
    assert.match(replies[0]!, /^-ERR \[AUTH\]/);
    assert.match(replies[2]!, /^-ERR \[AUTH\] too many/);
    await client.untilClosed();
  });

  test('PASS without USER, and commands before the log-in', async () => {
    const client = await Pop3Client.open(port);
    assert.match(await client.command(`PASS ${PASSWORD}`), /^-ERR/);
    assert.match(await client.command('STAT'), /^-ERR/);
    assert.match(await client.command('QUIT'), /^\+OK/);
    await client.untilClosed();
  });

  test('AUTH PLAIN with and without initial response, as another, cancelled, malformed', async () => {
    const name = await maildrops.account();
    const other = await maildrops.account();
    const plain = (authorization: string): string =>
      Buffer.from(`${authorization}\0${name}\0${PASSWORD}`).toString('base64');
    const client = await Pop3Client.open(port);
    assert.equal(await client.command('AUTH PLAIN'), '+ ');
    assert.match(await client.command('*'), /^-ERR/);
    assert.equal(await client.command('AUTH PLAIN'), '+ ');
    assert.match(await client.command('!!'), /^-ERR/);
    assert.match(await client.command('AUTH DIGEST-MD5'), /^-ERR/);
    assert.match(await client.command(`AUTH PLAIN ${plain(other)}`), /^-ERR \[AUTH\]/);
    assert.equal(await client.command('AUTH PLAIN'), '+ ');
    await client.expectOk(plain(''));
    await client.expectOk('QUIT');
    const again = await Pop3Client.open(port);
    await again.expectOk(`AUTH PLAIN ${plain(name)}`);
    await again.expectOk('QUIT');
  });

  test('CAPA tells what holds now: STLS only before TLS and log-in', async () => {
    const name = await maildrops.account(FIRST);
    const client = await Pop3Client.open(port);
    const before = await client.multiLine('CAPA');
    for (const capability of ['TOP', 'UIDL', 'USER', 'PIPELINING', 'RESP-CODES', 'AUTH-RESP-CODE', 'STLS']) {
      assert.ok(before.includes(capability), capability);
    }
    assert.ok(before.some((line) => /^SASL .*\bPLAIN\b/.test(line)));
    await client.startTls();
    assert.ok(!(await client.multiLine('CAPA')).includes('STLS'));
    assert.match(await client.command('STLS'), /^-ERR/);
    await client.expectOk(`USER ${name}`);
    await client.expectOk(`PASS ${PASSWORD}`);
    assert.equal(await client.message('RETR 1'), FIRST);
    await client.expectOk('QUIT');
  });

  test('what was said before STLS is forgotten', async () => {
    const client = await Pop3Client.open(port);
    await client.expectOk(`USER ${await maildrops.account()}`);
    await client.startTls();
    assert.match(await client.command(`PASS ${PASSWORD}`), /^-ERR/);
    client.destroy();
  });

  test('commands pipelined behind STLS in clear end the connection', async () => {
    const client = await Pop3Client.open(port);
    client.write('STLS\r\nUSER mallory@example.test\r\n');
    assert.doesNotMatch(await client.untilClosed(), /PASS/);
  });

  test('TLS from the first byte', async () => {
    const client = await Pop3Client.open(maildrops.gateway.addresses.pop3s!.port, { tls: true });
    assert.match(client.greeting, /^\+OK .+/);
    await client.expectOk(`USER ${await maildrops.account()}`);
    await client.expectOk(`PASS ${PASSWORD}`);
    await client.expectOk('QUIT');
  });

  test('a pipelined session is answered in order', async () => {
    const name = await maildrops.account(FIRST, SECOND);
    const client = await Pop3Client.open(port);
    client.write(
      `USER ${name}\r\nPASS ${PASSWORD}\r\nSTAT\r\nRETR 1\r\nRETR 2\r\nDELE 2\r\nNOPE\r\nQUIT\r\n`,
    );
    for (const start of ['+OK', '+OK', '+OK 2 ', '+OK']) assert.ok((await client.line()).startsWith(start));
    assert.equal(`${(await client.lines()).join('\r\n')}\r\n`, FIRST);
    assert.ok((await client.line()).startsWith('+OK'));
    assert.equal(`${(await client.lines()).join('\r\n')}\r\n`, SECOND);
    for (const start of ['+OK', '-ERR', '+OK']) assert.ok((await client.line()).startsWith(start));
    await client.untilClosed();
    assert.deepEqual(await maildrops.messages(name), [FIRST]);
  });

  test('many small messages, retrieved in any order', async () => {
    const messages = Array.from(
      { length: 80 },
      (_, at) => `Subject: ${at}\r\n\r\n${'x'.repeat(at * 50)}\r\n`,
    );
    const name = await maildrops.account(...messages);
    const client = await logIn(name);
    const order = [...messages.keys(), 79, 0, 40, 41, 42, 1];
    client.write(order.map((at) => `RETR ${at + 1}\r\n`).join(''));
    for (const at of order) {
      assert.equal(await client.line(), `+OK ${messages[at]!.length} octets`);
      assert.equal(`${(await client.lines()).join('\r\n')}\r\n`, messages[at]);
    }
    await client.expectOk('QUIT');
  });

  test('a large message comes whole, dot-stuffed, to a client that reads slowly', async () => {
    const large = `Subject: large\r\n\r\n${`${'.'.repeat(70)}\r\n`.repeat(60_000)}`;
    const client = await logIn(await maildrops.account(large));
    client.pause();
    client.write('RETR 1\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.resume();
    assert.equal(await client.line(), `+OK ${large.length} octets`);
    const lines = await client.lines();
    assert.equal(`${lines.join('\r\n')}\r\n`, large);
    assert.equal(await client.message('TOP 1 1'), `Subject: large\r\n\r\n${'.'.repeat(70)}\r\n`);
    await client.expectOk('QUIT');
  });

  test('lone LFs in storage come as legal lines', async () => {
    const client = await logIn(await maildrops.account('Subject: lf\n\n.\nlast'));
    assert.equal(await client.message('RETR 1'), 'Subject: lf\r\n\r\n.\r\nlast\r\n');
    await client.expectOk('QUIT');
  });

  test('a message that another client removed does not harm the session', async () => {
    const name = await maildrops.account(FIRST, SECOND);
    const client = await logIn(name);
    const account = (await maildrops.ports.accounts.find(name))!.accountId;
    const inbox = await maildrops.ports.mailboxes.ask('status', { account, name: 'INBOX' });
    assert.ok('mailboxId' in inbox);
    await maildrops.ports.mailboxes.ask('expunge', {
      account,
      mailboxId: inbox.mailboxId,
      always: true,
      uids: '1',
    });
    await client.expectOk('DELE 1');
    assert.equal(await client.message('RETR 2'), SECOND);
    await client.expectOk('QUIT');
    assert.deepEqual(await maildrops.messages(name), [SECOND]);
  });

  test('a session is listed, and ended by a kick without deleting', async () => {
    const name = await maildrops.account(FIRST);
    const client = await logIn(name);
    await client.expectOk('DELE 1');
    const { bus, sessions, accounts } = maildrops.ports;
    const { accountId } = (await accounts.find(name))!;
    const [session] = await sessions.list({ accountId, limit: 10 });
    assert.equal(session?.protocol, 'pop3');
    assert.equal(session.address, name);
    bus.publish(subjects.gatewayKick(session.gateway), { sessionId: session.sessionId });
    await client.untilClosed();
    assert.deepEqual(await maildrops.messages(name), [FIRST]);
    for (let turn = 0; turn < 500 && (await sessions.list({ accountId, limit: 10 })).length > 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(await sessions.list({ accountId, limit: 10 }), []);
  });

  test('bytes that are no command', async () => {
    const client = await Pop3Client.open(port);
    client.write(Buffer.from([0, 1, 2, 255, 13, 10]));
    assert.match(await client.line(), /^-ERR/);
    assert.match(await client.command('x'.repeat(10_000)), /^-ERR/);
    assert.match(await client.command('CAPA'), /^\+OK/);
    client.destroy();
  });
});

test('pop3-gateway: without TLS no password where the settings forbid it', async () => {
  const maildrops = await openMaildrops({ PLAINTEXT_AUTH: 'never' });
  try {
    const name = await maildrops.account();
    const client = await Pop3Client.open(maildrops.gateway.addresses.pop3!.port);
    const capabilities = await client.multiLine('CAPA');
    assert.ok(!capabilities.includes('USER') && !capabilities.some((line) => line.startsWith('SASL')));
    assert.match(await client.command(`USER ${name}`), /^-ERR/);
    assert.match(await client.command('AUTH PLAIN'), /^-ERR/);
    await client.startTls();
    await client.expectOk(`USER ${name}`);
    await client.expectOk(`PASS ${PASSWORD}`);
    client.destroy();
  } finally {
    await maildrops.stop();
  }
});
