import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { createCommits } from '../../../services/mailbox-store/commits.ts';
import { MailboxActor } from '../../../services/mailbox-store/mailbox-actor.ts';
import { create } from '../../../services/mailbox-store/operations/create.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { openTestPorts } from '../../ports.ts';

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
      { ports: opened.ports, hostname: 'mail.example.test', failed: () => {} },
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
