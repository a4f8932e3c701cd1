import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { orphanedDeliveries } from '../../../services/mailbox-store/housekeeping/orphaned-deliveries.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { deleteAccount } from '../../../shared/account/delete-account.ts';
import { createDirectory } from '../../../shared/actor/directory.ts';
import { onBothDatabases } from '../../shared/account/databases.ts';
import { makeWorld, type World } from './world.ts';

const REPLICA = 'mailbox-store-of-the-test';
const LINE = 'Return-Path: <alice@example.test>\r\n';

onBothDatabases('mail for an account that was deleted', (database) => {
  let world: World;
  before(async () => {
    world = await makeWorld(database());
    // The store's kind: the relay worker has nothing to do with it.
    await createDirectory(database(), 'mailbox', 3_600_000).join(REPLICA, REPLICA);
  });
  after(() => world.stop());

  /** Mail that was accepted for an account and then lost it. */
  async function orphan(address: string, text: string): Promise<string> {
    const { ports } = world;
    const made = await createAccount(database(), { address, password: 'secret' });
    assert.ok('accountId' in made);
    const writer = ports.storage.create();
    await writer.write(Buffer.from(LINE + text));
    const message = await writer.finish();
    await ports.spool.enqueue({
      message,
      reversePath: 'alice@example.test',
      recipients: [{ target: { kind: 'local', account: made.accountId, forwardPath: address } }],
      returnPathBytes: LINE.length,
      body: '7bit',
      smtpUtf8: false,
    });
    await deleteAccount(database(), address);
    const round = await orphanedDeliveries(0).round({
      database: database(),
      fence: () => ({ replicaId: REPLICA }),
      now: Date.now,
    });
    assert.deepEqual(round, { items: 1, more: false });
    return message.emailId;
  }

  test('goes back to its sender with 5.1.1, without a look at the DNS', async () => {
    const emailId = await orphan('gone@example.test', 'Subject: too late\r\n\r\nbody\r\n');
    const [attempt] = await world.settled(emailId, 1);
    assert.deepEqual(
      { ...attempt },
      {
        forward_path: 'gone@example.test',
        outcome: 'failed',
        status: '5.1.1',
        reply: 'nobody here has the address <gone@example.test>',
        remote: '',
        tls: '',
      },
    );
    const [dsn, ...more] = await world.until('the DSN', async () => {
      const found = await world.dsns('gone@example.test');
      return found.length > 0 && found;
    });
    assert.equal(more.length, 0);
    assert.match(dsn!, /^Return-Path: <>\r\n/);
    assert.match(dsn!, /\r\nTo: <alice@example\.test>\r\n/);
    assert.match(
      dsn!,
      /\r\nFinal-Recipient: rfc822; gone@example\.test\r\nAction: failed\r\nStatus: 5\.1\.1\r\nLast-Attempt-Date: /,
    );
    assert.match(
      dsn!,
      /\r\n\r\nSubject: too late\r\n\r\nbody\r\n/,
      'the message, without our Return-Path line',
    );
    assert.deepEqual(await world.queue('example.test'), []);
  });

  test('goes on to whoever has the address now', async () => {
    const sink = await world.domain('example.test');
    await database()
      .kysely.insertInto('alias')
      .values({ address: 'moved@example.test', target: 'alice@example.test' })
      .execute();
    const emailId = await orphan('moved@example.test', 'Subject: moved\r\n\r\nbody\r\n');
    const [attempt] = await world.settled(emailId, 1);
    assert.equal(attempt?.outcome, 'delivered');
    assert.equal(sink.messages[0]?.data.toString(), 'Subject: moved\r\n\r\nbody\r\n');
  });
});
