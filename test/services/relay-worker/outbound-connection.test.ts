import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenFailure } from '../../../services/relay-worker/open-failure.ts';
import { createOpener } from '../../../services/relay-worker/open-host.ts';
import { OutboundConnection } from '../../../services/relay-worker/outbound-connection.ts';
import type { ClientTransaction } from '../../../shared/protocol/smtp/client-transaction.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import { type SinkScript, type SinkServer, startSink } from '../../sink-smtp.ts';

const TRANSACTION: ClientTransaction = {
  reversePath: 'a@example.test',
  recipients: [{ forwardPath: 'b@example.org' }, { forwardPath: 'c@example.org' }],
  size: 20,
  body: '7bit',
  smtpUtf8: false,
};

async function* body(...pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

const hostOf = (sink: SinkServer) => ({ name: 'mx.example.org', address: sink.host, port: sink.port });

/** `haste`: minutes become milliseconds. */
const open = (sink: SinkServer, haste?: number) =>
  createOpener({ hostname: 'us.example.test', haste, metrics: createMetrics() })(hostOf(sink));

async function failure(script: SinkScript, haste?: number): Promise<OpenFailure> {
  await using sink = await startSink(script);
  try {
    await (await open(sink, haste)).quit();
  } catch (error) {
    if (error instanceof OpenFailure) return error;
    throw error;
  }
  return assert.fail('it opened');
}

test('outbound connection: a message, another on the same connection, goodbye', async () => {
  await using sink = await startSink();
  const connection = await open(sink);
  for (const text of ['one\r\n', '.two\r\nthree']) {
    const { progress, lost } = await connection.deliver(TRANSACTION, () => body('Subject: x\r\n\r\n', text));
    assert.equal(progress.data?.code, 250);
    assert.equal(lost, null);
    assert.ok(connection.usable);
  }
  await connection.quit();
  assert.deepEqual(
    sink.messages.map((message) => message.data.toString()),
    ['Subject: x\r\n\r\none\r\n', 'Subject: x\r\n\r\n.two\r\nthree\r\n'],
  );
  assert.deepEqual(sink.messages[0]?.rcpts, ['<b@example.org>', '<c@example.org>']);
  assert.equal(sink.connections, 1);
  assert.equal(sink.lines.at(-1), '1 QUIT');
});

test('outbound connection: TLS where it is offered, whatever the certificate', async () => {
  await using sink = await startSink({ tls: true });
  const connection = await open(sink);
  assert.ok(connection.secure);
  await connection.deliver(TRANSACTION, () => body('x\r\n'));
  await connection.quit();
  assert.equal(sink.messages[0]?.tls, true);
});

test('outbound connection: a handshake that fails leads to a second connection in clear', async () => {
  await using sink = await startSink({ tls: 'broken' });
  const connection = await open(sink);
  assert.equal(connection.secure, false);
  await connection.deliver(TRANSACTION, () => body('x\r\n'));
  await connection.quit();
  assert.equal(sink.connections, 2);
  assert.equal(sink.messages.length, 1);
});

test('outbound connection: STARTTLS refused, in clear on the same connection', async () => {
  await using sink = await startSink({
    tls: true,
    reply: (line) => (line === 'STARTTLS' ? '454 4.7.0 not now' : undefined),
  });
  const connection = await open(sink);
  assert.equal(connection.secure, false);
  await connection.quit();
  assert.equal(sink.connections, 1);
});

test('outbound connection: why it does not open', async () => {
  assert.deepEqual((await failure({ greeting: '554 5.7.1 go away' })).condition, {
    permanent: true,
    status: '5.7.1',
    reply: '554 5.7.1 go away',
    remote: 'mx.example.org[127.0.0.1]',
  });
  assert.equal((await failure({ greeting: '421 busy' })).condition.status, '4.3.2');
  assert.equal((await failure({ greeting: '450 busy' })).condition.permanent, false);
  assert.match(
    (await failure({ greeting: 'drop' })).condition.reply,
    /closed the connection before its reply to GREETING$/,
  );
  assert.match((await failure({ greeting: 'hello' })).condition.reply, /no SMTP reply/);
  assert.match(
    (await failure({ greeting: 'silence' }, 3_000)).condition.reply,
    /timed out before its reply to GREETING$/,
  );
});

test('outbound connection: nobody there', async () => {
  const sink = await startSink();
  await sink.stop();
  await assert.rejects(open(sink), (error: unknown) => {
    assert.ok(error instanceof OpenFailure);
    assert.equal(error.condition.status, '4.4.1');
    assert.equal(error.condition.permanent, false);
    return true;
  });
});

for (const [stage, expected] of [
  ['MAIL', /MAIL$/],
  ['RCPT', /RCPT$/],
  ['DATA', /DATA$/],
  ['.', /before its reply to the whole message: whether it took it is not known$/],
] as const) {
  for (const fault of ['drop', 'silence'] as const) {
    test(`outbound connection: ${fault} at ${stage}`, async () => {
      await using sink = await startSink({
        ehlo: [],
        reply: (line) => (line.startsWith(stage) ? fault : undefined),
      });
      const connection = await open(sink, fault === 'silence' ? 3_000 : 1);
      const { lost, uncertain } = await connection.deliver(TRANSACTION, () => body('x\r\n'));
      assert.match(lost?.reply ?? '', expected);
      assert.equal(lost?.status, '4.4.2');
      assert.equal(uncertain, stage === '.');
      assert.equal(connection.usable, false);
      await connection.quit();
    });
  }
}

test('outbound connection: a message that cannot be read to its end is not ended', async () => {
  await using sink = await startSink();
  const connection = await open(sink);
  const { lost } = await connection.deliver(TRANSACTION, async function* () {
    yield Buffer.from('half');
    throw new Error('storage is away');
  });
  assert.match(lost?.reply ?? '', /could not be read/);
  await sink.until(() => sink.open === 0);
  assert.equal(sink.messages.length, 0);
});

test('outbound connection: a large message passes piece by piece as the server takes it', async () => {
  await using sink = await startSink();
  const connection = await OutboundConnection.open(hostOf(sink), { hostname: 'us', startTls: false });
  const line = `${'x'.repeat(998)}\r\n`.repeat(262);
  let given = 0;
  const { progress } = await connection.deliver(TRANSACTION, async function* () {
    for (; given < 40; given++) yield Buffer.from(line);
  });
  assert.equal(progress.data?.code, 250);
  assert.equal(sink.messages[0]?.data.length, 40 * 262 * 1_000);
  await connection.quit();
});

test('outbound connection: the server hangs up while it is idle', async () => {
  await using sink = await startSink({
    reply: (line) => (line === '.' ? '250 ok\n421 and goodbye' : undefined),
  });
  const connection = await open(sink);
  const { progress } = await connection.deliver(TRANSACTION, () => body('x\r\n'));
  assert.equal(progress.data?.code, 250);
  await connection.quit();
  assert.equal(connection.usable, false);
});
