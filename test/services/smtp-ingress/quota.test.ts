import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { start as startMailboxStore } from '../../../services/mailbox-store/service.ts';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { createAccountDirectory } from '../../../shared/account/directory.ts';
import { directoryOptions } from '../../../shared/account/directory-options.ts';
import { setQuota } from '../../../shared/account/set-quota.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { Client, queuedAs, World } from './world.ts';

const MESSAGE = `Subject: x\r\n\r\n${'x'.repeat(76)}\r\n`.padEnd(90);

describe('a quota', () => {
  let world: World;
  let store: Running;
  before(async () => {
    world = await World.open();
    store = await startMailboxStore(world.opened.ports, world.opened.config);
    const { database } = world.opened.ports;
    await setQuota(database, 'alice@example.test', { quotaBytes: 100_000, quotaMessages: 2 });
    await createAlias(database, {
      address: 'both@example.test',
      targets: ['alice@example.test', 'bob@example.test'],
    });
  });
  after(async () => {
    await store.stop(0);
    await world.close();
  });

  /** On a replica that knows nothing yet: how much an account has is known from up to 3 seconds ago. */
  async function hello(): Promise<Client> {
    const { ports, config } = world.opened;
    const accounts = createAccountDirectory(ports.database, directoryOptions(config));
    const client = await Client.open(await world.with({ accounts }), 'smtp');
    await client.say('EHLO c.test');
    return client;
  }

  async function delivered(): Promise<void> {
    const { kysely } = world.opened.ports.database;
    for (let tries = 0; tries < 2_000; tries++) {
      const waiting = await kysely.selectFrom('spool_local').selectAll().execute();
      if (waiting.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail('mail still waits');
  }

  async function used(address: string): Promise<number> {
    const row = await world.opened.ports.database.kysely
      .selectFrom('account')
      .select('messages_used')
      .where('address', '=', address)
      .executeTakeFirstOrThrow();
    return Number(row.messages_used);
  }

  test('what was taken is delivered though it fills the mailbox, and nothing is tried again', async () => {
    const client = await hello();
    for (let at = 0; at < 3; at++) {
      await client.envelope('a@c.test', 'alice@example.test');
      queuedAs(await client.message(MESSAGE));
    }
    client.close();
    await delivered();
    assert.equal(await used('alice@example.test'), 3);
  });

  test('then RCPT hears 452 4.2.2, or 552 where the message could never fit; of an alias the full one is reported, once', async () => {
    const client = await hello();
    await client.say('MAIL FROM:<a@c.test>');
    assert.match(await client.say('RCPT TO:<alice@example.test>'), /^452 4\.2\.2 Mailbox is over quota$/);
    assert.match(await client.say('RCPT TO:<alice+detail@example.test>'), /^452 4\.2\.2 /);
    assert.match(await client.say('DATA'), /^554 /);
    await client.say('RSET');
    await client.say('MAIL FROM:<a@c.test> SIZE=100001');
    assert.match(await client.say('RCPT TO:<alice@example.test>'), /^552 5\.2\.3 /);
    await client.say('RSET');
    await client.envelope('a@c.test', 'both@example.test');
    const emailId = queuedAs(await client.message(MESSAGE));
    client.close();
    const rows = await world.opened.ports.database.kysely
      .selectFrom('spool_remote')
      .selectAll()
      .where('email_id', '=', emailId)
      .execute();
    assert.deepEqual(
      rows.map((row) => [row.forward_path, row.report]),
      [['alice@example.test', 'over-quota']],
    );
    await delivered();
    assert.equal(await used('alice@example.test'), 3);
    assert.equal(await used('bob@example.test'), 1);
  });

  test('with room again mail is taken again', async () => {
    await setQuota(world.opened.ports.database, 'alice@example.test', {
      quotaBytes: null,
      quotaMessages: null,
    });
    const client = await hello();
    await client.envelope('a@c.test', 'alice@example.test');
    queuedAs(await client.message(MESSAGE));
    client.close();
    await delivered();
    assert.equal(await used('alice@example.test'), 4);
  });
});
