import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setQuota } from '../../../shared/account/set-quota.ts';
import { openWorld, type World } from './world.ts';

describe('imap-gateway: mailboxes', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.stop());

  test('hierarchies, patterns, children, names past ASCII', async () => {
    const client = await world.logIn(await world.account());
    assert.deepEqual(await client.ok('LIST "" ""'), ['* LIST (\\Noselect) "/" ""']);
    assert.deepEqual(await client.ok('NAMESPACE'), ['* NAMESPACE (("" "/")) (("Shared/" "/")) NIL']);
    await client.ok('CREATE work/2026/may');
    await client.ok('CREATE Entw&APw-rfe/');
    await client.ok('CREATE "two words"');
    assert.match(await client.tagged('CREATE work'), /^NO \[ALREADYEXISTS\]/);
    assert.match(await client.tagged('CREATE INBOX'), /^NO \[ALREADYEXISTS\]/);
    assert.match(await client.tagged('CREATE "a//b"'), /^NO \[CANNOT\]/);
    const all = await client.ok('LIST "" *');
    assert.equal(all[0], '* LIST (\\HasNoChildren) "/" INBOX');
    assert.ok(all.includes('* LIST (\\HasChildren) "/" work'));
    assert.ok(all.includes('* LIST (\\HasNoChildren) "/" work/2026/may'));
    assert.ok(all.includes('* LIST (\\HasNoChildren) "/" Entw&APw-rfe'));
    assert.ok(all.includes('* LIST (\\HasNoChildren) "/" "two words"'));
    assert.deepEqual(await client.ok('LIST "" work/%'), ['* LIST (\\HasChildren) "/" work/2026']);
    assert.deepEqual(await client.ok('LIST work/ %'), ['* LIST (\\HasChildren) "/" work/2026']);
    assert.deepEqual(await client.ok('LIST "" inbox'), ['* LIST (\\HasNoChildren) "/" INBOX']);
    assert.deepEqual(await client.ok('LIST "" "Entw&APw-%"'), ['* LIST (\\HasNoChildren) "/" Entw&APw-rfe']);
    assert.deepEqual(await client.ok('LIST "" none'), []);
    await client.ok('CREATE &AOk-');
    const encoded = ['* LIST (\\HasNoChildren) "/" &AOk-'];
    assert.deepEqual(await client.ok('LIST "" "&*"'), encoded);
    assert.deepEqual(await client.ok('LIST & %'), encoded);
    await client.ok('SUBSCRIBE &AOk-');
    assert.deepEqual(await client.ok('LSUB "" &AO%'), ['* LSUB () "/" &AOk-']);
    assert.match(await client.tagged('CREATE bad&AGE-'), /^BAD /);
    assert.match(await client.tagged('RENAME &AOk- bad&AGE-'), /^BAD /);
    assert.match(await client.tagged('CREATE "a\\b"'), /^BAD /);
    assert.match(await client.tagged('LIST "" ((('), /^BAD /);
  });

  test('DELETE leaves children, RENAME takes them along', async () => {
    const client = await world.logIn(await world.account());
    await client.ok('CREATE a/b/c');
    await client.ok('DELETE a/b');
    assert.deepEqual(await client.ok('LIST "" a*'), [
      '* LIST (\\HasChildren) "/" a',
      '* LIST (\\Noselect \\HasChildren) "/" a/b',
      '* LIST (\\HasNoChildren) "/" a/b/c',
    ]);
    assert.match(await client.tagged('SELECT a/b'), /^NO \[NONEXISTENT\]/);
    assert.match(await client.tagged('DELETE nothing'), /^NO \[NONEXISTENT\]/);
    assert.match(await client.tagged('DELETE INBOX'), /^NO \[CANNOT\]/);
    await client.ok('RENAME a x/y');
    assert.deepEqual(await client.ok('LIST "" x*'), [
      '* LIST (\\HasChildren) "/" x',
      '* LIST (\\HasChildren) "/" x/y',
      '* LIST (\\Noselect \\HasChildren) "/" x/y/b',
      '* LIST (\\HasNoChildren) "/" x/y/b/c',
    ]);
    assert.match(await client.tagged('RENAME a b'), /^NO \[NONEXISTENT\]/);
    assert.match(await client.tagged('RENAME x INBOX'), /^NO \[ALREADYEXISTS\]/);
  });

  test('RENAME INBOX moves its messages', async () => {
    const client = await world.logIn(await world.account('Subject: a\r\n\r\n', 'Subject: b\r\n\r\n'));
    await client.ok('RENAME inbox old');
    assert.deepEqual(await client.ok('STATUS old (MESSAGES)'), ['* STATUS old (MESSAGES 2)']);
    assert.deepEqual(await client.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 0)']);
  });

  test('subscriptions', async () => {
    const client = await world.logIn(await world.account());
    for (const [, name] of (await client.ok('LSUB "" *')).map((line) => / "\/" (.*)$/.exec(line)!)) {
      await client.ok(`UNSUBSCRIBE ${name}`);
    }
    await client.ok('CREATE list/one');
    await client.ok('SUBSCRIBE list/one');
    assert.deepEqual(await client.ok('LSUB "" *'), ['* LSUB () "/" list/one']);
    assert.deepEqual(await client.ok('LSUB "" %'), ['* LSUB (\\Noselect) "/" list']);
    assert.deepEqual(await client.ok('LIST (SUBSCRIBED) "" *'), [
      '* LIST (\\Subscribed \\HasNoChildren) "/" list/one',
    ]);
    assert.deepEqual(await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" %'), [
      '* LIST (\\HasChildren) "/" list ("CHILDINFO" ("SUBSCRIBED"))',
    ]);
    await client.ok('DELETE list/one');
    assert.deepEqual(await client.ok('LSUB "" *'), ['* LSUB (\\Noselect) "/" list/one']);
    await client.ok('UNSUBSCRIBE list/one');
    assert.deepEqual(await client.ok('LSUB "" *'), []);
  });

  test('LIST with odd patterns', async () => {
    const client = await world.logIn(await world.account());
    await client.ok('CREATE a/b/c');
    const names = async (line: string) =>
      (await client.ok(line)).map((response) => response.replace(/^.* "\/" /, ''));
    const all = await names('LIST "" *');
    for (const odd of ['**', '*%*', '%*%*%*', '"*"', '/*', '"/*"'])
      assert.deepEqual(await names(`LIST "" ${odd}`), all, odd);
    assert.deepEqual(await names('LIST "/" "*"'), all);
    assert.deepEqual(await names('LIST "" %/%'), ['a/b']);
    assert.deepEqual(await names('LIST "" %/%/%'), ['a/b/c']);
    assert.deepEqual(await names('LIST "" *c'), ['a/b/c']);
    assert.deepEqual(await names('LIST a/ *'), ['a/b', 'a/b/c']);
    assert.deepEqual(await names('LIST a *'), ['a', 'a/b', 'a/b/c']);
    assert.deepEqual(await names('LIST a/b/ ""').catch(() => []), ['""']);
    for (const none of ['""', 'a/', '%/', '//', '"a//b"', '%%%%/%%%%/%%%%/%%%%', 'A/B'])
      assert.deepEqual(await names(`LIST () "" ${none}`), [], none);
    assert.deepEqual(await names('LIST "" ("a" "INBOX" "a" "inbox" "%")'), await names('LIST "" %'));
    for (const inbox of ['inbox', 'InBoX', 'iNb*', '%NBOX', '"INBO%"'])
      assert.deepEqual(await names(`LIST "" ${inbox}`), ['INBOX'], inbox);
    const explosive = `"${'*a'.repeat(400)}"`;
    assert.deepEqual(await names(`LIST "" ${explosive}`), []);
    assert.match(await client.tagged('LIST "" "\\a"'), /^BAD /);
    assert.match(await client.tagged('LIST (RECURSIVEMATCH) "" *'), /^BAD /);
    assert.match(await client.tagged('LIST "" * RETURN (FOO)'), /^BAD /);
    assert.match(await client.tagged(`LIST "" (${'a '.repeat(100)}a)`), /^BAD /);
  });

  test('names that are odd, in modified UTF-7 and in UTF-8', async () => {
    const client = await world.logIn(await world.account());
    // `&`, a quote, brackets, a curly brace, a character of two units; U+FFFD; one that is not NFC.
    const odd = [
      'R&-D',
      '"a \\"b\\""',
      '[x]',
      '"{5}"',
      '&2D3cwQ-',
      '&,,0-',
      '"a (b)"',
      'NIL',
      '"#news.a"',
      '~tilde',
    ];
    for (const name of odd) {
      await client.ok(`CREATE ${name}`);
      assert.match(await client.tagged(`STATUS ${name} (MESSAGES)`), /^OK/, name);
      await client.ok(
        `RENAME ${name} moved/${name.replaceAll('"', '').replaceAll('\\', '')}`.replace(
          /moved\/(.*[ ({].*)$/,
          '"moved/$1"',
        ),
      );
      assert.match(await client.tagged(`SELECT ${name}`), /^NO \[NONEXISTENT\]/, name);
    }
    assert.equal((await client.ok('LIST moved/ %')).length, odd.length);
    await client.ok('CREATE Entwu&AwgA-rfe').catch(() => undefined);
    assert.match(await client.tagged('CREATE &ZeVnLIqe'), /^BAD /);
    assert.match(await client.tagged(`CREATE "a${'/b'.repeat(40)}"`), /^NO \[CANNOT\]/);
    assert.match(await client.tagged('CREATE "tab\tbed"'), /^BAD |^NO \[CANNOT\]/);
    await client.ok('ENABLE UTF8=ACCEPT');
    const listed = (await client.ok('LIST moved/ %')).join();
    assert.ok(listed.includes(Buffer.from('moved/📁').toString('latin1')), listed);
    assert.match(await client.tagged('SELECT "moved/R&D"'), /^OK/);
  });

  test('RENAME: the selected mailbox, deep trees, and what is in the way', async () => {
    const client = await world.logIn(await world.account());
    const deep = Array.from({ length: 30 }, (_, level) => `l${level}`);
    await client.ok(`CREATE ${deep.join('/')}`);
    await client.ok('RENAME l0 other');
    assert.equal((await client.ok('LIST "" other*')).length, 30);
    assert.match(await client.tagged('RENAME other x/y/z/other'), /^NO \[CANNOT\]/);
    await client.ok(`RENAME other/l1/l2 other`.replace('other/l1/l2 other', 'other/l1/l2 up'));
    assert.deepEqual((await client.ok('LIST "" other*')).length, 2);
    assert.equal((await client.ok('LIST "" up*')).length, 28);
    await client.ok('SELECT other/l1');
    await client.ok('RENAME other another');
    await client.ok('APPEND another/l1 {4+}\r\nA: b');
    assert.ok((await client.ok('NOOP')).length >= 0);
    assert.match((await client.ok('SEARCH ALL')).join(), /^\* SEARCH 1$/);
    assert.match(await client.tagged('RENAME another another/l1/x'), /^NO \[CANNOT\]/);
    assert.match(await client.tagged('RENAME up INBOX'), /^NO \[ALREADYEXISTS\]/);
    assert.match(await client.tagged('RENAME inbox/none x'), /^NO \[NONEXISTENT\]/);
  });

  test('special uses, LIST with STATUS', async () => {
    const client = await world.logIn(await world.account('Subject: a\r\n\r\n'));
    await client.ok('CREATE Versand (USE (\\Archive))').catch(() => undefined);
    const special = await client.ok('LIST (SPECIAL-USE) "" *');
    assert.ok(
      special.some((line) => /\\Sent\b/.test(line)),
      special.join(),
    );
    assert.match(await client.tagged('CREATE y (USE (\\Foo))'), /^NO \[USEATTR\]/);
    assert.deepEqual(await client.ok('LIST "" INBOX RETURN (STATUS (MESSAGES UNSEEN UIDNEXT))'), [
      '* LIST (\\HasNoChildren) "/" INBOX',
      '* STATUS INBOX (MESSAGES 1 UNSEEN 1 UIDNEXT 2)',
    ]);
  });

  test('STATUS tells every item', async () => {
    const client = await world.logIn(await world.account('Subject: a\r\n\r\nhi\r\n'));
    const [status] = await client.ok(
      'STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN SIZE DELETED)',
    );
    assert.match(
      status!,
      /^\* STATUS INBOX \(MESSAGES 1 RECENT 1 UIDNEXT 2 UIDVALIDITY \d+ UNSEEN 1 SIZE 18 DELETED 0\)$/,
    );
    assert.match(await client.tagged('STATUS none (MESSAGES)'), /^NO \[NONEXISTENT\]/);
  });

  test('quota: what is full refuses, what is unlimited has no root', async () => {
    const address = await world.account('Subject: a\r\n\r\nhi\r\n');
    const client = await world.logIn(address);
    assert.deepEqual(await client.ok('GETQUOTAROOT INBOX'), ['* QUOTAROOT INBOX']);
    assert.match(await client.tagged(`GETQUOTA "#user/${address}"`), /^NO \[NONEXISTENT\]/);
    await setQuota(world.ports.database, address, { quotaBytes: 2000, quotaMessages: 2 });
    assert.deepEqual(await client.ok('GETQUOTAROOT INBOX'), [
      `* QUOTAROOT INBOX #user/${address}`,
      `* QUOTA #user/${address} (STORAGE 1 2 MESSAGE 1 2)`,
    ]);
    await client.ok('SELECT INBOX');
    await client.ok('COPY 1 INBOX');
    assert.match(await client.tagged('COPY 1 INBOX'), /^NO \[OVERQUOTA\]/);
    assert.match(await client.tagged('APPEND INBOX {4+}\r\nA: b'), /^NO \[OVERQUOTA\]/);
    await setQuota(world.ports.database, address, { quotaBytes: 0, quotaMessages: null });
    assert.deepEqual(await client.ok(`GETQUOTA "#user/${address}"`), [
      `* QUOTA #user/${address} (STORAGE 1 0)`,
    ]);
    const other = await world.account();
    await setQuota(world.ports.database, other, { quotaBytes: 2000, quotaMessages: 2 });
    assert.match(await client.tagged(`GETQUOTA "#user/${other}"`), /^NO \[NONEXISTENT\]/);
  });

  test('the selected mailbox is deleted', async () => {
    const client = await world.logIn(await world.account());
    await client.ok('CREATE gone');
    await client.ok('SELECT gone');
    assert.deepEqual(await client.ok('DELETE gone'), ['* OK [CLOSED] The selected mailbox was deleted']);
    assert.match(await client.tagged('CHECK'), /^BAD Select a mailbox first/);
  });
});
