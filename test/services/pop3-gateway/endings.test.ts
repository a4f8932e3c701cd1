import assert from 'node:assert/strict';
import { after, afterEach, before, describe, mock, test } from 'node:test';
import type { Gateway } from '../../../services/pop3-gateway/gateway.ts';
import { LOGIN_DEADLINE_MS, RENEW_MS } from '../../../services/pop3-gateway/limits.ts';
import { gatewayMetrics } from '../../../services/pop3-gateway/metrics.ts';
import { Pop3Session } from '../../../services/pop3-gateway/session.ts';
import type { Drive } from '../../../shared/net/drive.ts';
import { Pop3Engine } from '../../../shared/protocol/pop3/engine.ts';
import { readConfig } from '../../../shared/runtime/config.ts';
import { type Maildrops, openMaildrops, PASSWORD } from './maildrops.ts';
import { Pop3Client } from './pop3-client.ts';

const LARGE = `Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(600)}`;

/** A session as the driver makes it, without a socket under it. */
function unconnected(maildrops: Maildrops) {
  const { ports } = maildrops;
  const connection = { remoteAddress: '127.0.0.1', remotePort: 1, secure: null };
  const gateway = {
    ports,
    config: readConfig({}),
    metrics: gatewayMetrics(ports.metrics),
    sessions: new Map(),
  };
  const engine = new Pop3Engine();
  const session = new Pop3Session(gateway as unknown as Gateway, engine, { connection } as unknown as Drive);
  return { engine, session };
}

describe('pop3-gateway: sessions that end otherwise than by QUIT', () => {
  let maildrops: Maildrops;

  before(async () => {
    maildrops = await openMaildrops();
  });
  after(() => maildrops?.stop());
  afterEach(() => mock.timers.reset());

  const logIn = (name: string): Promise<Pop3Client> =>
    Pop3Client.logIn(maildrops.gateway.addresses.pop3!.port, name, PASSWORD);

  test('the lock is renewed while the session lasts', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const client = await logIn(await maildrops.account());
    const locks = (): number => maildrops.asked.filter((verb) => verb === 'lockMaildrop').length;
    const before = locks();
    mock.timers.tick(RENEW_MS);
    mock.timers.tick(RENEW_MS);
    assert.equal(locks(), before + 2);
    await client.expectOk('QUIT');
  });

  test('who lost the lock to another session deletes nothing', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const name = await maildrops.account('Subject: kept\r\n\r\n');
    const client = await logIn(name);
    await client.expectOk('DELE 1');
    maildrops.before = (verb) => (verb === 'lockMaildrop' ? { refused: 'in-use', text: '' } : undefined);
    mock.timers.tick(RENEW_MS);
    await new Promise((resolve) => setImmediate(resolve));
    maildrops.before = () => undefined;
    assert.match(await client.command('QUIT'), /^-ERR \[IN-USE\]/);
    await client.untilClosed();
    assert.equal((await maildrops.messages(name)).length, 1);
  });

  test('a connection that never logs in is closed, however much it says', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const client = await Pop3Client.open(maildrops.gateway.addresses.pop3!.port);
    await client.multiLine('CAPA');
    mock.timers.tick(LOGIN_DEADLINE_MS - 1);
    await client.multiLine('CAPA');
    mock.timers.tick(1);
    assert.equal(await client.untilClosed(), '');
  });

  test('storage that fails in the middle of a message cuts the connection, so that half a message never looks whole', async () => {
    const client = await logIn(await maildrops.account(LARGE));
    const { read } = maildrops;
    maildrops.read = async function* (emailId, start, end) {
      for await (const piece of read(emailId, start, end)) {
        yield piece;
        throw new Error('storage went away');
      }
    };
    try {
      client.write('RETR 1\r\n');
      assert.doesNotMatch(await client.untilClosed(), /\r\n\.\r\n/);
    } finally {
      maildrops.read = read;
    }
  });

  test('autologout: no UPDATE, not a word, and the maildrop is free', async () => {
    const name = await maildrops.account('Subject: kept\r\n\r\n');
    const account = (await maildrops.ports.accounts.find(name))!;
    const { engine, session } = unconnected(maildrops);
    await session.enter(account);
    session.transaction.maildrop.mark(1);
    engine.takeOutput();
    session.timedOut();
    assert.equal(engine.state, 'closed');
    assert.deepEqual(engine.takeOutput(), []);
    await session.closed();
    const next = await logIn(name);
    assert.match(await next.command('STAT'), /^\+OK 1 /);
    await next.expectOk('QUIT');
  });

  test('a stop ends idle sessions at once, and lets those with messages to delete come to their QUIT', async () => {
    const name = await maildrops.account('Subject: a\r\n\r\n', 'Subject: b\r\n\r\n');
    const idle = await logIn(await maildrops.account());
    const busy = await logIn(name);
    await busy.expectOk('DELE 1');
    const stopped = maildrops.gateway.stop(10_000);
    await idle.untilClosed();
    await busy.expectOk('DELE 2');
    await busy.expectOk('QUIT');
    await stopped;
    assert.deepEqual(await maildrops.messages(name), []);
  });
});
