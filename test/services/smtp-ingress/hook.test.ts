import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { Client, plain, queuedAs, World } from './world.ts';

type Question = { readonly stage: string } & Record<string, unknown>;

describe('the HTTP hook', () => {
  let world: World;
  let server: Server;
  const asked: Question[] = [];
  let authorization: string | undefined;
  /** What the server does with each question. */
  let answer: (question: Question, response: ServerResponse) => void;
  const saying = (stage: string, said: object) => (question: Question, response: ServerResponse) =>
    response.end(JSON.stringify(question.stage === stage ? said : { action: 'accept' }));

  before(async () => {
    world = await World.open();
    server = createServer(async (request: IncomingMessage, response) => {
      authorization = request.headers.authorization;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const question = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Question;
      asked.push(question);
      answer(question, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    await world.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function service(config: Partial<Config> = {}): Promise<Running> {
    asked.length = 0;
    const { port } = server.address() as AddressInfo;
    const hookUrl = `http://cartero:s%20ecret@127.0.0.1:${port}/hook`;
    return world.with({}, { hookUrl, hookTimeoutMs: 5_000, ...config });
  }

  /** The first reply that is a refusal, else the last one; and the connection. */
  async function send(running: Running, message = 'Subject: x\r\n\r\nx\r\n'): Promise<string> {
    const { client, greeting } = await Client.greeted(running, 'smtp');
    try {
      if (!greeting.startsWith('220')) return greeting;
      for (const line of ['EHLO c.test', 'MAIL FROM:<a@c.test>', 'RCPT TO:<alice@example.test>', 'DATA']) {
        const said = await client.say(line);
        if (!/^[23]/.test(said)) return said;
      }
      return await client.message(message);
    } finally {
      client.close();
    }
  }

  test('it is told of client, recipient and message, and what it adds stands above Received', async () => {
    const running = await service();
    answer = saying('data', {
      action: 'accept',
      fields: [
        { name: 'X-Seen', value: 'yes\r\nInjected: no' },
        { name: 'Bad Name', value: 'x' },
      ],
    });
    const client = await Client.open(running, 'submission');
    await client.say('EHLO c.test');
    await client.say(plain('alice@example.test'));
    await client.envelope('alice@example.test', 'bob@example.test', 'x@elsewhere.test');
    const message = 'Subject: \xc3\xa4\r\n b\r\nFrom: <alice@example.test>\r\n\r\nbody\r\n';
    const emailId = queuedAs(await client.message(message));
    client.close();
    assert.deepEqual(
      asked.map(({ stage }) => stage),
      ['connect', 'rcpt', 'rcpt', 'data'],
    );
    const { port, ...told } = asked[3]!.client as Record<string, unknown>;
    assert.equal(typeof port, 'number');
    assert.deepEqual(told, { address: '127.0.0.1', helo: 'c.test', tls: null });
    assert.equal(asked[2]!.forwardPath, 'x@elsewhere.test');
    assert.equal(asked[3]!.submitter, 'alice@example.test');
    assert.deepEqual(asked[3]!.envelope, {
      reversePath: 'alice@example.test',
      forwardPaths: ['bob@example.test', 'x@elsewhere.test'],
      declaredSize: 0,
      smtpUtf8: false,
    });
    assert.deepEqual(asked[3]!.message, {
      id: emailId,
      size: Buffer.byteLength(message, 'latin1'),
      fields: [
        { name: 'Subject', value: 'ä\r\n b' },
        { name: 'From', value: '<alice@example.test>' },
      ],
    });
    assert.equal(authorization, `Basic ${Buffer.from('cartero:s ecret').toString('base64')}`);
    assert.match(await world.stored(emailId), /X-Seen: yes\r\n\tInjected: no\r\nReceived: /);
  });

  const refused: [string, object, RegExp][] = [
    ['connect', { action: 'reject' }, /^554 5\.7\.1 Message refused by a mail filter$/],
    ['connect', { action: 'tempfail', text: 'Later' }, /^421 4\.7\.1 Later$/],
    ['rcpt', { action: 'reject', text: 'Not\r\n250 her' }, /^550 5\.7\.1 Not250 her$/],
    ['rcpt', { action: 'tempfail' }, /^451 4\.7\.1 /],
    ['data', { action: 'reject', text: '' }, /^550 5\.7\.1 Message refused/],
    ['data', { action: 'tempfail' }, /^451 4\.7\.1 /],
  ];
  test('what it refuses is refused', async () => {
    const running = await service();
    for (const [stage, said, expected] of refused) {
      answer = saying(stage, said);
      assert.match(await send(running), expected, stage);
    }
  });

  test('quarantine, at whatever stage, is Junk', async () => {
    const { kysely } = world.opened.ports.database;
    for (const stage of ['connect', 'rcpt', 'data']) {
      answer = saying(stage, { action: 'quarantine' });
      const emailId = queuedAs(await send(await service()));
      const row = await kysely
        .selectFrom('spool_local')
        .selectAll()
        .where('email_id', '=', emailId)
        .executeTakeFirstOrThrow();
      assert.equal((row.dsn as { junk?: boolean }).junk, true, stage);
    }
  });

  test('it is asked at the stages of the setting alone', async () => {
    answer = saying('', {});
    queuedAs(await send(await service({ hookStages: ['rcpt'] })));
    assert.deepEqual(
      asked.map(({ stage }) => stage),
      ['rcpt'],
    );
  });

  const broken: [string, (response: ServerResponse) => void][] = [
    ['another status', (response) => response.writeHead(500).end('{"action":"accept"}')],
    ['a redirect', (response) => response.writeHead(302, { location: '/' }).end()],
    ['no JSON', (response) => response.end('accept')],
    ['JSON that is no answer', (response) => response.end('{"action":"discard"}')],
    [
      'an answer without end',
      (response) => response.end(`{"action":"accept","text":"${'x'.repeat(70_000)}"}`),
    ],
    ['a connection that breaks', (response) => response.destroy()],
  ];
  test('an answer that is none: 451, or taken, as the setting says', async () => {
    for (const policyFailure of ['tempfail', 'accept'] as const) {
      const running = await service({ policyFailure, hookStages: ['data'] });
      for (const [what, respond] of broken) {
        answer = (_question, response) => respond(response);
        const said = await send(running);
        if (policyFailure === 'accept') queuedAs(said);
        else assert.match(said, /^451 4\.7\.1 A mail filter is not available/, what);
      }
    }
    answer = () => {};
    const running = await service({ hookTimeoutMs: 60 });
    assert.match(await send(running), /^421 4\.7\.1 A mail filter is not available/);
  });
});
