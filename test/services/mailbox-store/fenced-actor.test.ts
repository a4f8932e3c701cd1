import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { createCommits } from '../../../services/mailbox-store/commits.ts';
import { MailboxActor } from '../../../services/mailbox-store/mailbox-actor.ts';
import { create } from '../../../services/mailbox-store/operations/create.ts';
import { putScript } from '../../../services/mailbox-store/operations/put-script.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { partitionOf } from '../../../shared/actor/partition.ts';
import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import { openTestPorts } from '../../ports.ts';
import { staged, until } from './world.ts';

test('an actor that outlived its lease writes nothing, though its replica joined anew', async () => {
  await using opened = await openTestPorts('pglite');
  const { database, metrics, accounts } = opened.ports;
  await createDemoAccounts(database, 'a password to try');
  const alice = (await accounts.find('alice@example.test'))!.accountId;
  const join = (replicaId: string, alive: boolean) =>
    database.kysely
      .insertInto('replica')
      .values({
        replica_id: replicaId,
        kind: 'mailbox',
        name: 'a',
        alive,
        expires_at: new Date(Date.now() + 60_000),
      })
      .execute();
  await join('a/old', false);
  await join('a/new', true);
  const actorUnder = (replicaId: string) =>
    new MailboxActor(
      alice,
      { ports: opened.ports, hostname: 'mail.example.test', detailSeparators: '+', failed: () => {} },
      createCommits(database, metrics, { replicaId }),
      () => {},
      () => {},
      async () => false,
    );
  const before = await database.kysely.selectFrom('mailbox').selectAll().execute();
  await assert.rejects(
    actorUnder('a/old').turn((turn) => create(turn, { account: alice, name: 'Late' })),
    FenceLost,
  );
  assert.deepEqual(await database.kysely.selectFrom('mailbox').selectAll().execute(), before);
  await actorUnder('a/new').turn((turn) => create(turn, { account: alice, name: 'Fine' }));
  assert.equal((await database.kysely.selectFrom('mailbox').selectAll().execute()).length, before.length + 1);
});

test('a script that was stored, though the answer was lost, is the one that filters', async () => {
  await using opened = await openTestPorts('pglite');
  const { database, metrics, accounts, spool } = opened.ports;
  await createDemoAccounts(database, 'a password to try');
  const alice = (await accounts.find('alice@example.test'))!.accountId;
  await database.prepared('join', "insert into replica values ('a', 'mailbox', 'a', true, false, now())", []);
  const commits = createCommits(database, metrics, { replicaId: 'a' });
  let lost = false;
  const delivered: number[] = [];
  const actor = new MailboxActor(
    alice,
    { ports: opened.ports, hostname: 'mail.example.test', detailSeparators: '+', failed: () => {} },
    {
      ...commits,
      turn: async (work) => {
        const result = await commits.turn(work);
        if (lost) throw new DatabaseUnavailable(new Error('the connection was lost after the commit'));
        return result;
      },
    },
    () => delivered.push(1),
    () => {},
    async () => false,
  );
  const put = (content: string) =>
    actor.turn((turn) => putScript(turn, { account: alice, name: 'main', content }));
  const deliver = async () => {
    const before = delivered.length;
    const message = staged('mail');
    await spool.enqueue({
      message,
      reversePath: '',
      recipients: [{ target: { kind: 'local', account: alice, forwardPath: 'alice@example.test' } }],
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    actor.expect([{ partition: partitionOf(alice), account: alice, emailId: message.emailId }]);
    await until('it is delivered', () => delivered.length > before);
  };
  const messages = async (name: string) =>
    (
      await database.kysely
        .selectFrom('mailbox')
        .select('messages')
        .where('account_id', '=', Number(alice))
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
    ).messages;
  await put('require "fileinto"; fileinto "Archive";');
  await database.prepared('activate', 'update sieve_script set active = true', []);
  await deliver();
  assert.equal(await messages('Archive'), 1);
  lost = true;
  await assert.rejects(put('require "fileinto"; fileinto "Junk";'), DatabaseUnavailable);
  lost = false;
  await deliver();
  assert.deepEqual([await messages('Archive'), await messages('Junk')], [1, 1]);
});
