import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { subjects } from '../../../shared/bus/subjects.ts';
import { MailboxUnavailable } from '../../../shared/mailbox/operations.ts';
import type { SessionRecord } from '../../../shared/session/port.ts';
import { ImapClient } from './imap-client.ts';
import { openWorld, PASSWORD, type World } from './world.ts';

const MESSAGE = 'Subject: a\r\n\r\nhello\r\n';
const plain = (name: string, password = PASSWORD, as = ''): string =>
  Buffer.from(`${as}\0${name}\0${password}`).toString('base64');

describe('imap-gateway: log-in, limits and ends', () => {
  let world: World;
  before(async () => {
    world = await openWorld({ imapSessionsPerAccount: 3 });
  });
  after(() => world?.stop());
  beforeEach(() => {
    world.before = () => undefined;
    world.read = (emailId, start, end) => world.ports.storage.read(emailId, start, end);
  });

  test('AUTHENTICATE PLAIN and LOGIN, with and without an initial response', async () => {
    const address = await world.account();
    const one = await world.connect();
    assert.match(await one.tagged(`AUTHENTICATE PLAIN ${plain(address)}`), /^OK \[CAPABILITY/);
    const two = await world.connect();
    two.send('a AUTHENTICATE plain\r\n');
    assert.equal(await two.response(), '+ ');
    two.send(`${plain(address)}\r\n`);
    assert.match(await two.response(), /^a OK \[CAPABILITY/);
    const three = await world.connect();
    three.send('a AUTHENTICATE LOGIN\r\n');
    assert.equal(await three.response(), `+ ${Buffer.from('Username:').toString('base64')}`);
    three.send(`${Buffer.from(address).toString('base64')}\r\n`);
    assert.equal(await three.response(), `+ ${Buffer.from('Password:').toString('base64')}`);
    three.send(`${Buffer.from(PASSWORD).toString('base64')}\r\n`);
    assert.match(await three.response(), /^a OK \[CAPABILITY/);
    for (const client of [one, two, three]) await client.ok('LOGOUT');
  });

  test('AUTHENTICATE refused, cancelled, malformed, unknown, for another', async () => {
    const address = await world.account();
    const other = await world.account();
    const client = await world.connect();
    assert.match(await client.tagged('AUTHENTICATE CRAM-MD5'), /^NO \[CANNOT\]/);
    for (const line of ['*', '!!']) {
      client.send('a AUTHENTICATE PLAIN\r\n');
      assert.equal(await client.response(), '+ ');
      client.send(`${line}\r\n`);
      assert.match(await client.response(), /^a BAD /);
    }
    assert.match(await client.tagged('SELECT INBOX'), /^BAD Log in first/);
    assert.match(
      await client.tagged(`AUTHENTICATE PLAIN ${plain(address, PASSWORD, other)}`),
      /^NO \[AUTHENTICATIONFAILED\]/,
    );
    assert.match(await client.tagged(`LOGIN nobody@example.test x`), /^NO \[AUTHENTICATIONFAILED\]/);
    assert.match(await client.tagged(`LOGIN ${address} x`), /^NO \[AUTHENTICATIONFAILED\]/);
    assert.match(await client.response(), /^\* BYE /);
    assert.equal(await client.response(), '');
  });

  test('STARTTLS and IMAPS; what was sent before the handshake ends the connection', async () => {
    const address = await world.account(MESSAGE);
    const client = await world.connect();
    assert.match(client.greeting, / STARTTLS /);
    assert.match(await client.tagged('STARTTLS'), /^OK /);
    client.socket.removeAllListeners('data');
    const secured = new ImapClient(connectTls({ socket: client.socket, rejectUnauthorized: false }));
    const capability = await secured.ok('CAPABILITY');
    assert.doesNotMatch(capability[0]!, /STARTTLS/);
    assert.match(await secured.tagged('STARTTLS'), /^BAD /);
    await secured.ok(`LOGIN ${address} "${PASSWORD}"`);
    await secured.ok('SELECT INBOX');
    const implicit = new ImapClient(
      connectTls({ port: world.gateways[0].addresses.imaps!.port, rejectUnauthorized: false }),
    );
    assert.match(await implicit.response(), /^\* OK \[CAPABILITY IMAP4rev1 /);
    await secured.close();
    await implicit.close();
    const injecting = await world.connect();
    injecting.send('a STARTTLS\r\nb NOOP\r\n');
    assert.match(await injecting.response(), /^a OK /);
    assert.equal(await injecting.response(), '');
  });

  test('sessions an account, over all gateways; the record shows what is selected', async () => {
    const address = await world.account();
    const accountId = await world.accountId(address);
    const clients = [
      await world.logIn(address, 0),
      await world.logIn(address, 1),
      await world.logIn(address, 0),
    ];
    const fourth = await world.connect(1);
    assert.match(await fourth.tagged(`LOGIN ${address} "${PASSWORD}"`), /^NO \[LIMIT\]/);
    await clients[1]!.ok('SELECT INBOX');
    assert.deepEqual(await clients[1]!.ok('ID ("name" "Tester" "version" "7")'), ['* ID ("name" "Cartero")']);
    // Records are written a moment later, several changes at once.
    let record: SessionRecord | undefined;
    for (let round = 0; round < 200 && record?.client === undefined; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const records = await world.ports.sessions.list({ accountId, limit: 10 });
      assert.equal(records.length, 3);
      record = records.find(({ gateway }) => gateway === 'imap-b');
    }
    assert.ok(record);
    assert.equal(record.selected, 'INBOX');
    assert.equal(record.client, 'Tester 7');
    assert.equal(record.address, address);
    assert.match(record.remote, /^127\.0\.0\.1:\d+$/);
    await clients[0]!.ok('LOGOUT');
    assert.equal(await clients[0]!.response(), '');
    for (let round = 0; (await fourth.tagged(`LOGIN ${address} "${PASSWORD}"`)).startsWith('NO'); round += 1)
      assert.ok(round < 100);
    await clients[1]!.close();
    for (let round = 0; round < 200; round += 1) {
      if ((await world.ports.sessions.list({ accountId, limit: 10 })).length === 2) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail('the record of a closed session stays');
  });

  test('a kick ends the session it names, idle or not', async () => {
    const address = await world.account();
    const accountId = await world.accountId(address);
    const client = await world.logIn(address, 1);
    await client.ok('SELECT INBOX');
    client.send('i IDLE\r\n');
    assert.equal(await client.response(), '+ idling');
    const [record] = await world.ports.sessions.list({ accountId, limit: 10 });
    const ask = (sessionId: string): Promise<unknown> =>
      world.ports.bus.request(subjects.gatewayKick('imap-b'), { sessionId }, { timeoutMs: 5000 });
    assert.deepEqual(await ask('none'), { kicked: false });
    assert.deepEqual(await ask(record!.sessionId), { kicked: true });
    assert.equal(await client.response(), '* BYE Ended by an administrator');
    assert.equal(await client.response(), '');
  });

  test('an actor that is away is a refusal, and the session goes on', async () => {
    const client = await world.logIn(await world.account(MESSAGE));
    await client.ok('SELECT INBOX');
    const away = new Set(['status', 'list', 'facts', 'store', 'copy', 'changes', 'append']);
    world.before = (verb) => {
      if (away.has(verb)) throw new MailboxUnavailable();
      return undefined;
    };
    const commands = [
      'STATUS INBOX (MESSAGES)',
      'LIST "" *',
      'STORE 1 FLAGS ()',
      'COPY 1 Trash',
      `APPEND INBOX {5+}\r\nhello`,
    ];
    for (const command of commands)
      assert.match(await client.tagged(command), /^NO \[UNAVAILABLE\]/, command);
    // What never changes is read past it.
    await client.ok('FETCH 1 (RFC822.SIZE BODY.PEEK[])');
    assert.deepEqual(await client.ok('SEARCH LARGER 5'), ['* SEARCH 1']);
    await client.ok('NOOP');
    world.before = () => undefined;
    await client.ok('STORE 1 FLAGS (\\Seen)');
    world.before = () => {
      throw new Error('a bug');
    };
    assert.match(await client.tagged('STATUS INBOX (MESSAGES)'), /^NO \[UNAVAILABLE\] Not available/);
    world.before = () => undefined;
    await client.ok('STATUS INBOX (MESSAGES)');
  });

  test('a message that breaks off on its way ends the connection: nothing else can be told from its bytes', async () => {
    const client = await world.logIn(await world.account(`Subject: large\r\n\r\n${'x'.repeat(300_000)}`));
    await client.ok('SELECT INBOX');
    world.read = async function* (emailId, start) {
      yield* world.ports.storage.read(emailId, start, start + 100_000);
      throw new Error('gone');
    };
    client.send('a FETCH 1 BODY.PEEK[]\r\n');
    await once(client.socket, 'close');
    world.read = (emailId, start, end) => world.ports.storage.read(emailId, start, end);
  });

  test('nonsense is borne for a while', async () => {
    const client = await world.connect();
    for (let round = 1; round < 20; round += 1) assert.match(await client.tagged('FROB'), /^BAD /);
    await client.ok('NOOP');
    for (let round = 1; round < 20; round += 1) assert.match(await client.tagged('FROB'), /^BAD /);
    assert.match(await client.tagged('FROB'), /^BAD /);
    assert.match(await client.response(), /^\* BYE /);
    assert.equal(await client.response(), '');
  });

  test('a password in clear is not taken where the settings forbid it', async () => {
    await using strict = await openStrict();
    const client = await strict.world.connect();
    assert.match(client.greeting, / LOGINDISABLED\]/);
    assert.doesNotMatch(client.greeting, /AUTH=/);
    assert.match(await client.tagged('LOGIN a b'), /^NO \[PRIVACYREQUIRED\]/);
    assert.match(await client.tagged(`AUTHENTICATE PLAIN ${plain('a')}`), /^NO \[PRIVACYREQUIRED\]/);
  });

  test('a gateway that stops says goodbye, to those who idle too', async () => {
    await using strict = await openStrict();
    const client = await strict.world.connect();
    const stopped = strict.world.gateways[0].stop(5000);
    assert.match(await client.response(), /^\* BYE \[UNAVAILABLE\]/);
    assert.equal(await client.response(), '');
    await stopped;
  });
});

async function openStrict(): Promise<AsyncDisposable & { world: World }> {
  const world = await openWorld({ plaintextAuth: 'never' });
  return { world, [Symbol.asyncDispose]: () => world.stop() };
}
