import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { deleteAccount } from '../../../shared/account/delete-account.ts';
import { deleteAlias } from '../../../shared/account/delete-alias.ts';
import { deleteDomain } from '../../../shared/account/delete-domain.ts';
import { createAccountDirectory } from '../../../shared/account/directory.ts';
import { importAccounts } from '../../../shared/account/import-accounts.ts';
import { listAccounts } from '../../../shared/account/list-accounts.ts';
import { listAliases } from '../../../shared/account/list-aliases.ts';
import { listDomains } from '../../../shared/account/list-domains.ts';
import { isDirectoryRefusal } from '../../../shared/account/refusal.ts';
import { setEnabled } from '../../../shared/account/set-enabled.ts';
import { setPassword } from '../../../shared/account/set-password.ts';
import { setQuota } from '../../../shared/account/set-quota.ts';
import { onBothDatabases } from './databases.ts';

function refusedAs(reason: string, outcome: object): void {
  assert.ok(isDirectoryRefusal(outcome), `not refused: ${JSON.stringify(outcome)}`);
  assert.equal(outcome.refused, reason, outcome.text);
}

onBothDatabases('the write side of the directory', (db) => {
  test('a domain is made once, in lower case', async () => {
    const made = await createDomain(db(), 'Domains.Example.');
    assert.ok(!isDirectoryRefusal(made));
    assert.equal(made.name, 'domains.example');
    assert.ok(made.createdAt instanceof Date);
    refusedAs('exists', await createDomain(db(), 'domains.example'));
    for (const name of ['', 'a b', '[127.0.0.1]', '-x.test', 'a..b']) {
      refusedAs('bad-domain', await createDomain(db(), name));
    }
    const names = (await listDomains(db())).map(({ name }) => name);
    assert.ok(names.includes('domains.example'));
  });

  test('a domain with accounts or aliases stays', async () => {
    await createDomain(db(), 'full.example');
    await createDomain(db(), 'notfull.example');
    await createAccount(db(), { address: 'a@full.example', password: 'x' });
    refusedAs('not-empty', await deleteDomain(db(), 'full.example'));
    await createAlias(db(), { address: '@full.example', targets: ['a@full.example'] });
    await deleteAccount(db(), 'a@full.example');
    assert.deepEqual(await listAliases(db(), { domain: 'full.example', limit: 10 }), []);
    await createAlias(db(), { address: 'b@full.example', targets: ['b@elsewhere.example'] });
    refusedAs('not-empty', await deleteDomain(db(), 'full.example'));
    await deleteAlias(db(), 'b@full.example');
    assert.deepEqual(await deleteDomain(db(), 'FULL.example'), { deleted: 'full.example' });
    refusedAs('not-found', await deleteDomain(db(), 'full.example'));
    assert.deepEqual(await deleteDomain(db(), 'notfull.example'), { deleted: 'notfull.example' });
  });

  test('an account comes with its mailboxes, and takes them along', async () => {
    await createDomain(db(), 'made.example');
    const account = await createAccount(db(), {
      address: 'Carol@Made.example',
      password: 'secret',
      quotaBytes: 1_000,
    });
    assert.ok(!isDirectoryRefusal(account));
    assert.deepEqual(
      { ...account, accountId: '' },
      { accountId: '', address: 'carol@made.example', enabled: true, quotaBytes: 1_000, quotaMessages: null },
    );
    assert.match(account.accountId, /^[0-9]+$/);
    const mailboxes = () =>
      db()
        .kysely.selectFrom('mailbox')
        .select(['name', 'special_use'])
        .where('account_id', '=', Number(account.accountId))
        .orderBy('mailbox_id')
        .execute();
    assert.deepEqual(
      (await mailboxes()).map(({ name, special_use }) => [name, special_use]),
      [
        ['INBOX', null],
        ['Drafts', 'Drafts'],
        ['Sent', 'Sent'],
        ['Junk', 'Junk'],
        ['Trash', 'Trash'],
        ['Archive', 'Archive'],
      ],
    );
    refusedAs('exists', await createAccount(db(), { address: 'carol@made.example', password: 'other' }));
    assert.deepEqual(await deleteAccount(db(), 'CAROL@made.example'), {
      address: 'carol@made.example',
      accountId: account.accountId,
    });
    assert.deepEqual(await mailboxes(), []);
    refusedAs('not-found', await deleteAccount(db(), 'carol@made.example'));
  });

  test('what cannot be an account', async () => {
    await createDomain(db(), 'picky.example');
    const password = 'secret';
    refusedAs('bad-address', await createAccount(db(), { address: 'picky.example', password }));
    refusedAs('bad-address', await createAccount(db(), { address: 'a+b@picky.example', password }));
    refusedAs('not-local', await createAccount(db(), { address: 'a@remote.example', password }));
    refusedAs('bad-password', await createAccount(db(), { address: 'a@picky.example', password: '' }));
    refusedAs('bad-password', await createAccount(db(), { address: 'a@picky.example', password: 'a\nb' }));
    for (const quotaBytes of [-1, 1.5, Number.NaN, 2 ** 60]) {
      refusedAs('bad-quota', await createAccount(db(), { address: 'a@picky.example', password, quotaBytes }));
    }
    assert.deepEqual(await listAccounts(db(), { domain: 'picky.example', limit: 10 }), []);
  });

  test('two who make the same account at once: one gets it', async () => {
    await createDomain(db(), 'race.example');
    const outcomes = await Promise.all(
      ['x', 'y', 'z'].map((password) => createAccount(db(), { address: 'a@race.example', password })),
    );
    assert.equal(outcomes.filter((outcome) => !isDirectoryRefusal(outcome)).length, 1);
  });

  test('password, quota and access change', async () => {
    await createDomain(db(), 'change.example');
    await createAccount(db(), { address: 'a@change.example', password: 'old' });
    const logsIn = async (password: string) =>
      (await createAccountDirectory(db()).authenticate('a@change.example', password)) !== undefined;
    assert.equal(await logsIn('old'), true);
    const changed = await setPassword(db(), 'A@change.example', 'new');
    assert.equal('address' in changed && changed.address, 'a@change.example');
    assert.deepEqual([await logsIn('old'), await logsIn('new')], [false, true]);
    refusedAs('bad-password', await setPassword(db(), 'a@change.example', ''));
    refusedAs('not-found', await setPassword(db(), 'b@change.example', 'x'));

    await setEnabled(db(), 'a@change.example', false);
    assert.equal(await logsIn('new'), false);
    await setEnabled(db(), 'a@change.example', true);
    assert.equal(await logsIn('new'), true);

    await setQuota(db(), 'a@change.example', { quotaBytes: 2 ** 40, quotaMessages: 0 });
    refusedAs('bad-quota', await setQuota(db(), 'a@change.example', { quotaBytes: -1, quotaMessages: null }));
    const [listed] = await listAccounts(db(), { domain: 'change.example', limit: 10 });
    assert.deepEqual([listed?.quotaBytes, listed?.quotaMessages], [2 ** 40, 0]);
  });

  test('accounts are listed by page, of one domain or all', async () => {
    await createDomain(db(), 'page.example');
    await createDomain(db(), 'otherpage.example');
    await importAccounts(
      db(),
      ['b@page.example', 'a@page.example', 'c@page.example', 'd@otherpage.example'].map((address) => ({
        address,
        password: 'x',
      })),
    );
    const page = async (after: string | undefined, limit: number) =>
      (await listAccounts(db(), { domain: 'page.example', after, limit })).map(({ address }) => address);
    assert.deepEqual(await page(undefined, 2), ['a@page.example', 'b@page.example']);
    assert.deepEqual(await page('b@page.example', 2), ['c@page.example']);
    const all = await listAccounts(db(), { limit: 1_000 });
    assert.ok(all.some(({ address }) => address === 'd@otherpage.example'));
  });

  test('a refused account of an import does not stop the others', async () => {
    await createDomain(db(), 'import.example');
    const outcomes = await importAccounts(db(), [
      { address: 'a@import.example', password: 'x', quotaMessages: 5 },
      { address: 'a@import.example', password: '' },
      { address: 'b@nowhere.example', password: 'x' },
      { address: 'c@import.example', password: 'x' },
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => ('refused' in outcome ? outcome.refused : outcome.address)),
      ['a@import.example', 'bad-password', 'not-local', 'c@import.example'],
    );
  });

  test('an alias grows and shrinks by target', async () => {
    await createDomain(db(), 'alias.example');
    await createAccount(db(), { address: 'a@alias.example', password: 'x' });
    assert.deepEqual(
      await createAlias(db(), { address: 'Team@alias.example', targets: ['A@alias.example'] }),
      {
        address: 'team@alias.example',
        targets: ['a@alias.example'],
      },
    );
    await createAlias(db(), { address: 'team@alias.example', targets: ['Bob@Remote.example'] });
    assert.deepEqual(await listAliases(db(), { domain: 'alias.example', limit: 10 }), [
      {
        address: 'team@alias.example',
        targets: ['Bob@remote.example', 'a@alias.example'].sort(),
        owner: null,
      },
    ]);
    refusedAs('not-found', await deleteAlias(db(), 'team@alias.example', 'c@alias.example'));
    await deleteAlias(db(), 'TEAM@alias.example', 'A@alias.example');
    assert.deepEqual(await deleteAlias(db(), 'team@alias.example', 'Bob@Remote.Example'), {
      address: 'team@alias.example',
      targets: ['Bob@remote.example'],
    });
    refusedAs('not-found', await deleteAlias(db(), 'team@alias.example'));
  });

  test('what cannot be an alias', async () => {
    await createDomain(db(), 'noalias.example');
    const refused = (address: string, ...targets: string[]) => createAlias(db(), { address, targets });
    refusedAs('bad-address', await refused('noalias.example', 'a@remote.example'));
    refusedAs('bad-address', await refused('a@noalias.example'));
    refusedAs('bad-address', await refused('a@noalias.example', 'nonsense'));
    refusedAs('not-local', await refused('a@remote.example', 'b@remote.example'));
    refusedAs('not-found', await refused('a@noalias.example', 'nobody@noalias.example'));
    const many = Array.from({ length: 1_001 }, (_, index) => `u${index}@remote.example`);
    refusedAs('limit', await refused('a@noalias.example', ...many));
    assert.ok(!isDirectoryRefusal(await refused('a@noalias.example', ...many.slice(1))));
    refusedAs('limit', await refused('a@noalias.example', many[0]!));
  });
});
