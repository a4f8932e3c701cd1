import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { start } from '../../../services/pop3-gateway/service.ts';
import { MailboxUnavailable } from '../../../shared/mailbox/operations.ts';
import { readConfig } from '../../../shared/runtime/config.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { MemoryInbox, memoryPorts } from './memory-ports.ts';
import { Pop3Client } from './pop3-client.ts';

const NAME = 'alice@example.test';
const PASSWORD = 'open sesame';
const FIRST = 'Subject: one\r\n\r\nhello\r\n.dot\r\n';
const SECOND = 'Subject: two\r\n\r\n1\r\n2\r\n3\r\n';
const THIRD = 'Subject: three\r\n\r\n\r\n';

describe('pop3-gateway', () => {
  const inbox = new MemoryInbox();
  let directory = '';
  let running: Running;
  let port = 0;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cartero-pop3-'));
    const config = readConfig({ DATA_DIR: directory, POP3_PORT: '0', POP3S_PORT: '0' });
    running = await start(memoryPorts(inbox), config);
    port = running.addresses.pop3!.port;
  });

  after(async () => {
    await running.stop(0);
    await rm(directory, { recursive: true });
  });

  beforeEach(() => {
    inbox.before = () => undefined;
    inbox.holder = undefined;
    inbox.messages.splice(0);
    inbox.asked.splice(0);
    for (const message of [FIRST, SECOND, THIRD]) inbox.add(message);
  });

  const logIn = (): Promise<Pop3Client> => Pop3Client.logIn(port, NAME, PASSWORD);

  test('STAT, LIST, UIDL, RETR, TOP as RFC 1939 shows them', async () => {
    const client = await logIn();
    const octets = FIRST.length + SECOND.length + THIRD.length;
    assert.equal(await client.command('STAT'), `+OK 3 ${octets}`);
    assert.deepEqual(await client.multiLine('LIST'), [
      `1 ${FIRST.length}`,
      `2 ${SECOND.length}`,
      `3 ${THIRD.length}`,
    ]);
    assert.equal(await client.command('LIST 2'), `+OK 2 ${SECOND.length}`);
    assert.match(await client.command('LIST 4'), /^-ERR /);
    const uniqueIds = await client.multiLine('UIDL');
    assert.ok(
      uniqueIds.every((line) => /^[123] 77\.\d+$/.test(line)),
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
    assert.equal(inbox.messages.length, 3);
  });

  test('DELE hides, RSET brings back, QUIT removes in one request', async () => {
    const client = await logIn();
    await client.expectOk('DELE 1');
    await client.expectOk('DELE 2');
    assert.match(await client.command('DELE 1'), /^-ERR/);
    assert.match(await client.command('RETR 1'), /^-ERR/);
    assert.match(await client.command('TOP 1 1'), /^-ERR/);
    assert.match(await client.command('UIDL 1'), /^-ERR/);
    assert.equal(await client.command('STAT'), `+OK 1 ${THIRD.length}`);
    assert.deepEqual(await client.multiLine('LIST'), [`3 ${THIRD.length}`]);
    await client.expectOk('RSET');
    assert.match(await client.command('STAT'), /^\+OK 3 /);
    await client.expectOk('DELE 1');
    await client.expectOk('DELE 3');
    assert.equal(inbox.messages.length, 3);
    await client.expectOk('QUIT');
    assert.deepEqual(
      inbox.messages.map(({ bytes }) => bytes.toString()),
      [SECOND],
    );
    assert.equal(inbox.asked.filter((verb) => verb === 'expunge').length, 1);
    assert.equal(inbox.holder, undefined);
  });

  test('a connection that ends without QUIT deletes nothing and frees the maildrop', async () => {
    const client = await logIn();
    await client.expectOk('DELE 1');
    client.destroy();
    for (let turn = 0; inbox.holder !== undefined && turn < 100; turn++)
      await new Promise((go) => setTimeout(go, 10));
    assert.equal(inbox.holder, undefined);
    assert.equal(inbox.messages.length, 3);
  });

  test('a QUIT that cannot be done says so, deletes nothing and closes', async () => {
    const client = await logIn();
    await client.expectOk('DELE 1');
    inbox.before = (verb) => {
      if (verb === 'expunge') throw new MailboxUnavailable();
    };
    assert.match(await client.command('QUIT'), /^-ERR \[SYS\/TEMP\]/);
    await client.untilClosed();
    assert.equal(inbox.messages.length, 3);
    assert.equal(inbox.holder, undefined);
  });

  test('the maildrop is locked: [IN-USE], and the client may try again', async () => {
    const first = await logIn();
    const second = await Pop3Client.open(port);
    await second.expectOk(`USER ${NAME}`);
    assert.match(await second.command(`PASS ${PASSWORD}`), /^-ERR \[IN-USE\]/);
    await first.expectOk('QUIT');
    await second.expectOk(`USER ${NAME}`);
    await second.expectOk(`PASS ${PASSWORD}`);
    await second.expectOk('QUIT');
  });

  test('a mailbox actor that is away is [SYS/TEMP], and nothing stays locked', async () => {
    inbox.before = (verb) => {
      if (verb === 'facts') throw new MailboxUnavailable();
    };
    const client = await Pop3Client.open(port);
    await client.expectOk(`USER ${NAME}`);
    assert.match(await client.command(`PASS ${PASSWORD}`), /^-ERR \[SYS\/TEMP\]/);
    assert.equal(inbox.holder, undefined);
    client.destroy();
  });

  test('wrong name and wrong password look alike, the third failure closes', async () => {
    const client = await Pop3Client.open(port);
    const replies: string[] = [];
    for (const name of ['nobody@example.test', NAME, NAME]) {
      await client.expectOk(`USER ${name}`);
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
    const plain = (authorization: string): string =>
      Buffer.from(`${authorization}\0${NAME}\0${PASSWORD}`).toString('base64');
    const client = await Pop3Client.open(port);
    assert.equal(await client.command('AUTH PLAIN'), '+ ');
    assert.match(await client.command('*'), /^-ERR/);
    assert.equal(await client.command('AUTH PLAIN'), '+ ');
    assert.match(await client.command('!!'), /^-ERR/);
    assert.match(await client.command('AUTH DIGEST-MD5'), /^-ERR/);
    assert.match(await client.command(`AUTH PLAIN ${plain('bob@example.test')}`), /^-ERR \[AUTH\]/);
    assert.equal(await client.command('AUTH PLAIN'), '+ ');
    await client.expectOk(plain(''));
    await client.expectOk('QUIT');
    const other = await Pop3Client.open(port);
    await other.expectOk(`AUTH PLAIN ${plain(NAME)}`);
    await other.expectOk('QUIT');
  });

  test('CAPA tells what holds now: STLS only before TLS and log-in', async () => {
    const client = await Pop3Client.open(port);
    const before = await client.multiLine('CAPA');
    for (const capability of ['TOP', 'UIDL', 'USER', 'PIPELINING', 'RESP-CODES', 'AUTH-RESP-CODE', 'STLS']) {
      assert.ok(before.includes(capability), capability);
    }
    assert.ok(before.some((line) => /^SASL .*\bPLAIN\b/.test(line)));
    await client.startTls();
    assert.ok(!(await client.multiLine('CAPA')).includes('STLS'));
    assert.match(await client.command('STLS'), /^-ERR/);
    await client.expectOk(`USER ${NAME}`);
    await client.expectOk(`PASS ${PASSWORD}`);
    assert.equal(await client.message('RETR 2'), SECOND);
    await client.expectOk('QUIT');
  });

  test('commands pipelined behind STLS in clear end the connection', async () => {
    const client = await Pop3Client.open(port);
    client.write(`STLS\r\nUSER ${NAME}\r\n`);
    assert.doesNotMatch(await client.untilClosed(), /PASS/);
  });

  test('TLS from the first byte', async () => {
    const client = await Pop3Client.open(running.addresses.pop3s!.port, { tls: true });
    assert.match(client.greeting, /^\+OK .+/);
    await client.expectOk(`USER ${NAME}`);
    await client.expectOk(`PASS ${PASSWORD}`);
    await client.expectOk('QUIT');
  });

  test('a pipelined session is answered in order', async () => {
    const client = await Pop3Client.open(port);
    client.write(
      `USER ${NAME}\r\nPASS ${PASSWORD}\r\nSTAT\r\nRETR 1\r\nRETR 2\r\nDELE 2\r\nNOPE\r\nQUIT\r\n`,
    );
    for (const start of ['+OK', '+OK', '+OK 3 ', '+OK']) assert.ok((await client.line()).startsWith(start));
    assert.equal((await client.lines()).join('\r\n'), FIRST.trimEnd());
    assert.ok((await client.line()).startsWith('+OK'));
    assert.equal((await client.lines()).join('\r\n'), SECOND.trimEnd());
    for (const start of ['+OK', '-ERR', '+OK']) assert.ok((await client.line()).startsWith(start));
    await client.untilClosed();
    assert.equal(inbox.messages.length, 2);
  });

  test('a large message comes whole, dot-stuffed, to a client that reads slowly', async () => {
    const line = `${'.'.repeat(70)}\r\n`;
    const large = `Subject: large\r\n\r\n${line.repeat(120_000)}`;
    inbox.messages.splice(0);
    inbox.add(large);
    const client = await logIn();
    client.pause();
    client.write('RETR 1\r\n');
    await new Promise((go) => setTimeout(go, 50));
    client.resume();
    assert.equal(await client.line(), `+OK ${large.length} octets`);
    const chunks = await client.lines();
    assert.equal(chunks.length, 120_002);
    assert.equal(`${chunks.join('\r\n')}\r\n`, large);
    await client.expectOk('QUIT');
  });

  test('lone LFs in storage come as legal lines', async () => {
    inbox.messages.splice(0);
    inbox.add('Subject: lf\n\n.\nlast');
    const client = await logIn();
    assert.equal(await client.message('RETR 1'), 'Subject: lf\r\n\r\n.\r\nlast\r\n');
    await client.expectOk('QUIT');
  });

  test('a message that another client removed: -ERR, and the session goes on', async () => {
    const client = await logIn();
    inbox.messages.splice(0, 1);
    assert.match(await client.command('RETR 1'), /^-ERR/);
    assert.equal(await client.message('RETR 2'), SECOND);
    await client.expectOk('QUIT');
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
  const directory = await mkdtemp(join(tmpdir(), 'cartero-pop3-'));
  const config = readConfig({
    DATA_DIR: directory,
    POP3_PORT: '0',
    POP3S_PORT: '0',
    PLAINTEXT_AUTH: 'never',
  });
  const running = await start(memoryPorts(new MemoryInbox()), config);
  try {
    const client = await Pop3Client.open(running.addresses.pop3!.port);
    const capabilities = await client.multiLine('CAPA');
    assert.ok(!capabilities.includes('USER') && !capabilities.some((line) => line.startsWith('SASL')));
    assert.match(await client.command(`USER ${NAME}`), /^-ERR/);
    assert.match(await client.command('AUTH PLAIN'), /^-ERR/);
    await client.startTls();
    await client.expectOk(`USER ${NAME}`);
    await client.expectOk(`PASS ${PASSWORD}`);
    client.destroy();
  } finally {
    await running.stop(0);
    await rm(directory, { recursive: true });
  }
});
