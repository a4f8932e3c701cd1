import assert from 'node:assert/strict';
import { after, afterEach, before, describe, mock, test } from 'node:test';
import { RENEW_MS } from '../../../services/pop3-gateway/limits.ts';
import { type Maildrops, openMaildrops, PASSWORD } from './maildrops.ts';
import { Pop3Client } from './pop3-client.ts';

const LARGE = `Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(600)}`;

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
