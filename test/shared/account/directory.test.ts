import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { createAccountDirectory } from '../../../shared/account/directory.ts';
import type { Account, AccountDirectory, Resolution } from '../../../shared/account/port.ts';
import { setEnabled } from '../../../shared/account/set-enabled.ts';
import { setPassword } from '../../../shared/account/set-password.ts';
import { createInProcessBus } from '../../../shared/bus/in-process.ts';
import { accountsChanged } from '../../../shared/bus/subjects.ts';
import type { Database } from '../../../shared/database/port.ts';
import { onBothDatabases } from './databases.ts';

/** `kind address`, targets in brackets: what a resolution comes to, in a line. */
function shown(resolution: Resolution): string {
  if (resolution.kind === 'account') return resolution.account.address;
  if (resolution.kind === 'remote') return `remote ${resolution.address} via ${resolution.destination}`;
  if (resolution.kind === 'alias') return `[${resolution.targets.map(shown).sort().join(', ')}]`;
  return 'unknown';
}

async function alias(database: Database, address: string, ...targets: string[]): Promise<void> {
  await database.kysely
    .insertInto('alias')
    .values(targets.map((target) => ({ address, target })))
    .execute();
}

onBothDatabases('the account directory', (db) => {
  let directory: AccountDirectory;
  before(async () => {
    await createDomain(db(), 'example.test');
    await createDomain(db(), 'empty.test');
    for (const name of ['alice', 'bob', 'carol']) {
      await createAccount(db(), { address: `${name}@example.test`, password: `${name}'s` });
    }
    await alias(db(), 'team@example.test', 'alice@example.test', 'bob@example.test', 'Zoe@remote.test');
    await alias(db(), 'all@example.test', 'team@example.test', 'carol@example.test', 'alice@example.test');
    await alias(db(), 'carol@example.test', 'carol@example.test', 'bob+copies@example.test');
    await alias(db(), 'ring@example.test', 'rong@example.test');
    await alias(db(), 'rong@example.test', 'ring@example.test');
    await alias(db(), 'mostly@example.test', 'gone@example.test', 'alice@example.test');
    await alias(db(), '@empty.test', 'alice@example.test');
    await alias(db(), 'sales@empty.test', 'bob@example.test');
    directory = createAccountDirectory(db());
  });

  test('forward-paths stand for what they should', async () => {
    const table: [string, string][] = [
      ['alice@example.test', 'alice@example.test'],
      ['ALICE@Example.Test', 'alice@example.test'],
      ['alice+lists+x@example.test', 'alice@example.test'],
      ['"alice"@example.test', 'alice@example.test'],
      ['nobody@example.test', 'unknown'],
      ['+alice@example.test', 'unknown'],
      ['Nobody@Remote.Test', 'remote Nobody@remote.test via remote.test'],
      ['a@[192.0.2.1]', 'remote a@[192.0.2.1] via [192.0.2.1]'],
      ['nonsense', 'unknown'],
      ['', 'unknown'],
      ['team@example.test', '[alice@example.test, bob@example.test, remote Zoe@remote.test via remote.test]'],
      [
        'team+detail@example.test',
        '[alice@example.test, bob@example.test, remote Zoe@remote.test via remote.test]',
      ],
      [
        'all@example.test',
        '[alice@example.test, bob@example.test, carol@example.test, remote Zoe@remote.test via remote.test]',
      ],
      ['carol@example.test', '[bob@example.test, carol@example.test]'],
      ['ring@example.test', 'unknown'],
      ['mostly@example.test', '[alice@example.test]'],
      ['whoever@empty.test', '[alice@example.test]'],
      ['sales+x@empty.test', '[bob@example.test]'],
      ['postmaster@empty.test', '[alice@example.test]'],
      ['PostMaster@example.test', 'alice@example.test'],
      ['Postmaster', 'alice@example.test'],
    ];
    for (const [path, expected] of table) assert.equal(shown(await directory.resolve(path)), expected, path);
  });

  test('an alias in two branches is no loop', async () => {
    await alias(db(), 'dave@example.test', 'alice@example.test');
    await createAccount(db(), { address: 'dave@example.test', password: 'x' });
    await alias(db(), 'wide@example.test', 'dave@example.test', 'deep@example.test');
    await alias(db(), 'deep@example.test', 'dave@example.test', 'bob@example.test');
    assert.equal(
      shown(await directory.resolve('wide@example.test')),
      '[alice@example.test, bob@example.test]',
    );
  });

  test('forwards that go in a circle end at the accounts on it', async () => {
    for (const name of ['eve', 'fay']) {
      await createAccount(db(), { address: `${name}@example.test`, password: 'x' });
    }
    await alias(db(), 'eve@example.test', 'fay@example.test');
    await alias(db(), 'fay@example.test', 'eve@example.test');
    assert.equal(shown(await directory.resolve('eve@example.test')), '[eve@example.test]');
  });

  test('an alias too large is an error, never a part of its targets', async () => {
    const some = (prefix: string) =>
      Array.from({ length: 600 }, (_, index) => `${prefix}${index}@remote.test`);
    await alias(db(), 'half@example.test', ...some('a'));
    await alias(db(), 'rest@example.test', ...some('b'));
    await alias(db(), 'whole@example.test', 'half@example.test', 'rest@example.test');
    await assert.rejects(directory.resolve('whole@example.test'), { name: 'AliasTooLarge' });
    for (let level = 0; level < 25; level += 1) {
      await alias(db(), `level${level}@example.test`, `level${level + 1}@example.test`);
    }
    await assert.rejects(directory.resolve('level0@example.test'), { name: 'AliasTooLarge' });
  });

  test('an account over its quota is seen', async () => {
    const account = await createAccount(db(), {
      address: 'full@example.test',
      password: 'x',
      quotaBytes: 100,
    });
    assert.ok('accountId' in account);
    const over = async () => {
      const resolution = await createAccountDirectory(db()).resolve('full@example.test');
      return resolution.kind === 'account' && resolution.overQuota;
    };
    const use = (change: { bytes_used?: number; messages_used?: number; quota_messages?: number }) =>
      db()
        .kysely.updateTable('account')
        .set(change)
        .where('account_id', '=', Number(account.accountId))
        .execute();
    assert.equal(await over(), false);
    await use({ bytes_used: 100 });
    assert.equal(await over(), true);
    await use({ bytes_used: 99, messages_used: 3, quota_messages: 3 });
    assert.equal(await over(), true);
    await use({ quota_messages: 4 });
    assert.equal(await over(), false);
  });

  test('local domains', async () => {
    assert.deepEqual(
      await Promise.all(
        ['Example.Test', 'example.test.', 'remote.test', '', '@'].map(directory.isLocalDomain),
      ),
      [true, true, false, false, false],
    );
  });

  test('log-in: the right password of an enabled account alone', async () => {
    const table: [string, string, boolean][] = [
      ['alice@example.test', "alice's", true],
      ['Alice@EXAMPLE.test', "alice's", true],
      ['alice@example.test', "bob's", false],
      ['alice@example.test', '', false],
      ['alice+x@example.test', "alice's", false],
      ['nobody@example.test', "alice's", false],
      ['team@example.test', "alice's", false],
      ['alice', "alice's", false],
    ];
    for (const [address, password, expected] of table) {
      assert.equal((await directory.authenticate(address, password)) !== undefined, expected, address);
    }
  });

  test('a new password and a closed account are in force when the cache has run out', async () => {
    const clock = { now: 0 };
    const watched = createAccountDirectory(db(), { now: () => clock.now });
    await createAccount(db(), { address: 'gil@example.test', password: 'old' });
    const logsIn = async (password: string) =>
      (await watched.authenticate('gil@example.test', password)) !== undefined;
    assert.equal(await logsIn('old'), true);
    await setPassword(db(), 'gil@example.test', 'new');
    assert.equal(await logsIn('old'), true);
    clock.now += 5_000;
    assert.deepEqual([await logsIn('old'), await logsIn('new')], [false, true]);
    await setEnabled(db(), 'gil@example.test', false);
    clock.now += 5_000;
    assert.equal(await logsIn('new'), false);
  });

  test('with a bus, a change is in force when it is announced', async () => {
    const bus = createInProcessBus();
    const clock = { now: 0 };
    const watched = createAccountDirectory(db(), { bus, now: () => clock.now });
    assert.equal((await watched.resolve('new@example.test')).kind, 'unknown');
    await createAccount(db(), { address: 'new@example.test', password: 'x' });
    assert.equal((await watched.resolve('new@example.test')).kind, 'unknown');
    const heard = new Promise<void>((resolve) => void bus.subscribe(accountsChanged(), () => void resolve()));
    bus.publish(accountsChanged(), {});
    await heard;
    assert.equal((await watched.resolve('new@example.test')).kind, 'account');
    await bus.close();
  });

  test('an unknown address has a verifier that is the same on every replica', async () => {
    const one = await directory.passwords('nobody@example.test');
    const other = await createAccountDirectory(db()).passwords('Nobody@example.test');
    assert.equal(one.account, undefined);
    assert.deepEqual(one, other);
    const known = await directory.passwords('alice@example.test');
    assert.equal(known.account?.address, 'alice@example.test');
    assert.equal(known.salt.length, one.salt.length);
    assert.equal(known.iterations, one.iterations);
  });

  test('reverse-paths: own addresses, and aliases that lead to the account', async () => {
    const bob = (await directory.find('bob@example.test')) as Account;
    const table: [string, boolean][] = [
      ['', true],
      ['Bob@example.test', true],
      ['bob+x@example.test', true],
      ['team@example.test', true],
      ['carol@example.test', true],
      ['sales@empty.test', true],
      ['alice@example.test', false],
      ['whoever@empty.test', false],
      ['bob@remote.test', false],
      ['nobody@example.test', false],
      ['nonsense', false],
    ];
    for (const [path, expected] of table) {
      assert.equal(await directory.mayUseReversePath(bob, path), expected, path);
    }
  });

  test('a burst of look-ups is a handful of queries', async () => {
    let queries = 0;
    const counted: Database = {
      ...db(),
      prepared: (...query) => {
        queries += 1;
        return db().prepared(...query);
      },
    };
    const fresh = createAccountDirectory(counted);
    const paths = Array.from({ length: 50 }, (_, index) => `u${index}@example.test`);
    await Promise.all([...paths, ...paths].map((path) => fresh.resolve(path)));
    assert.equal(queries, 1);
    await Promise.all(paths.map((path) => fresh.resolve(path)));
    assert.equal(queries, 1);
  });
});
