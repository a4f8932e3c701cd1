import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { openWorld, type World } from './world.ts';

const MESSAGE = 'Subject: appended\r\n\r\nhello\r\n';

describe('imap-gateway: APPEND', () => {
  let world: World;
  before(async () => {
    world = await openWorld({}, 'postgres');
  });
  after(() => world?.stop());

  test('flags, date and bytes are kept', async () => {
    const client = await world.logIn(await world.account());
    client.send(`a APPEND INBOX (\\Seen $x) "25-Dec-2020 10:00:00 +0100" {${MESSAGE.length}}\r\n`);
    assert.equal(await client.response(), '+ OK');
    client.send(`${MESSAGE}\r\n`);
    assert.match((await client.until('a')).tagged, /^OK \[APPENDUID \d+ 1\] APPEND completed/);
    await client.ok('SELECT INBOX');
    assert.deepEqual(await client.ok('FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])'), [
      `* 1 FETCH (FLAGS (\\Seen \\Recent $x) INTERNALDATE "25-Dec-2020 09:00:00 +0000" BODY[] {${MESSAGE.length}}\r\n${MESSAGE})`,
    ]);
  });

  test('what the grammar does not have is BAD, and the message is passed over', async () => {
    const client = await world.logIn(await world.account());
    const literal = `{${MESSAGE.length}+}\r\n${MESSAGE}`;
    for (const [what, told] of [
      ['(\\Recent)', /^BAD No such system flag/],
      ['(\\Seen \\recent)', /^BAD No such system flag/],
      ['"25-Dec-2020 10:00:00 +9999"', /^BAD Invalid date-time/],
      ['"31-Apr-2020 10:00:00 +0000"', /^BAD Invalid date-time/],
      ['"25-Dec-2020 25:00:00 +0000"', /^BAD Invalid date-time/],
    ] as const)
      assert.match(await client.tagged(`APPEND INBOX ${what} ${literal}`), told, what);
    assert.match(await client.tagged(`APPEND bad&AGE- ${literal}`), /^BAD The mailbox name/);
    assert.deepEqual(await client.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 0)']);
  });

  test('into the selected mailbox, unasked for, and several at once', async () => {
    const client = await world.logIn(await world.account());
    await client.ok('SELECT INBOX');
    const one = await client.command(`APPEND INBOX {${MESSAGE.length}+}\r\n${MESSAGE}`);
    assert.match(one.tagged, /^OK \[APPENDUID \d+ 1\]/);
    assert.ok(one.untagged.includes('* 1 EXISTS'));
    const two = await client.command(
      `APPEND INBOX (\\Draft) {${MESSAGE.length}+}\r\n${MESSAGE} {${MESSAGE.length}+}\r\n${MESSAGE}`,
    );
    assert.match(two.tagged, /^OK \[APPENDUID \d+ 2:3\]/);
    assert.deepEqual(await client.ok('SEARCH DRAFT'), ['* SEARCH 2']);
  });

  test('several at once, each in its own form, all or none', async () => {
    const client = await world.logIn(await world.account(MESSAGE));
    const forms = [
      `{${MESSAGE.length}+}\r\n${MESSAGE}`,
      '(\\Seen) ~{3+}\r\na\0b',
      'UTF8 (~{3+}\r\n\xc3\xa4\n)',
      'CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER" TEXT {2+}\r\nhi)',
    ];
    assert.match(await client.tagged(`APPEND INBOX ${forms.join(' ')}`), /^OK \[APPENDUID \d+ 2:5\]/);
    await client.ok('EXAMINE INBOX');
    const bodies = await client.ok('FETCH 2:5 BODY[]');
    assert.deepEqual(
      bodies.map((body) => body.replace(/^[^\n]*\n|\)$/g, '')),
      [MESSAGE, 'a\0b', '\xc3\xa4\n', 'Subject: appended\r\n\r\nhi'],
    );
    const none = [...forms, 'CATENATE (URL "/INBOX/;UID=9")'];
    assert.match(await client.tagged(`APPEND INBOX ${none.join(' ')}`), /^NO \[BADURL "\/INBOX\/;UID=9"\]/);
    const empty = [...forms, 'CATENATE (TEXT {0+}\r\n)'];
    assert.match(await client.tagged(`APPEND INBOX ${empty.join(' ')}`), /^NO \[CANNOT\]/);
    assert.deepEqual(await client.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 5)']);
  });

  test('REPLACE by a message no larger needs no room in the quota; one that is gone is not replaced', async () => {
    const address = await world.account(MESSAGE);
    const account = await world.accountId(address);
    await world.ports.database.prepared(
      'full',
      'update account set quota_bytes = bytes_used, quota_messages = messages_used where account_id = $1',
      [account],
    );
    const client = await world.logIn(address);
    await client.ok('SELECT INBOX');
    const literal = `{${MESSAGE.length}+}\r\n${MESSAGE}`;
    assert.match(await client.tagged(`APPEND INBOX ${literal}`), /^NO \[OVERQUOTA\]/);
    assert.match(await client.tagged(`REPLACE 1 INBOX ${literal}`), /^OK/);
    const other = await world.logIn(address);
    await other.ok('SELECT INBOX');
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await other.ok('EXPUNGE');
    assert.match(
      await client.tagged(`UID REPLACE 2 INBOX ${literal}`),
      /^NO \[(EXPUNGEISSUED|NONEXISTENT)\]/,
    );
    assert.equal((await client.ok('STATUS INBOX (MESSAGES SIZE)'))[0], '* STATUS INBOX (MESSAGES 0 SIZE 0)');
  });

  test('refusals come before the message, and the session goes on', async () => {
    const client = await world.logIn(await world.account());
    const limit = 67_108_864;
    const table: readonly (readonly [string, RegExp])[] = [
      ['none {5}', /^NO \[TRYCREATE\]/],
      [`INBOX {${limit + 1}}`, /^NO \[TOOBIG\]/],
      ['INBOX {0}', /^NO \[CANNOT\]/],
      ['INBOX (\\Nonsense) {5}', /^BAD /],
      ['INBOX "31-Feb-2020 00:00:00 +0000" {5}', /^BAD Invalid date-time/],
      [`none {${MESSAGE.length}+}\r\n${MESSAGE}`, /^NO \[TRYCREATE\]/],
    ];
    for (const [command, refusal] of table) assert.match(await client.tagged(`APPEND ${command}`), refusal);
    assert.deepEqual(await client.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 0)']);
  });

  test('a connection that breaks off leaves nothing', async () => {
    const address = await world.account();
    const client = await world.logIn(address);
    client.send('a APPEND INBOX {100000}\r\n');
    assert.equal(await client.response(), '+ OK');
    client.send('x'.repeat(50_000));
    await client.close();
    const other = await world.logIn(address);
    assert.deepEqual(await other.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 0)']);
  });

  test('64 MiB go in and come out, a part at a time', async () => {
    const client = await world.logIn(await world.account());
    const header = Buffer.from('Subject: large\r\n\r\n');
    const line = Buffer.from(`${'0123456789abcde'.repeat(5)}x\r\n`);
    const total = 67_108_864;
    const sent = createHash('sha256');
    client.send(`a APPEND INBOX {${total}}\r\n`);
    assert.equal(await client.response(), '+ OK');
    const block = Buffer.concat(Array.from({ length: 4096 }, () => line));
    sent.update(header);
    client.socket.write(header);
    for (let left = total - header.length; left > 0; ) {
      const piece = block.subarray(0, Math.min(left, block.length));
      sent.update(piece);
      if (!client.socket.write(piece)) await once(client.socket, 'drain');
      left -= piece.length;
    }
    client.send('\r\n');
    assert.match((await client.until('a')).tagged, /^OK \[APPENDUID/);
    await client.ok('SELECT INBOX');
    const taken = createHash('sha256');
    const step = 8 * 1024 * 1024;
    for (let offset = 0; offset < total; offset += step) {
      const [response] = await client.ok(`FETCH 1 BODY.PEEK[]<${offset}.${step}>`);
      const bytes = Buffer.from(response!, 'latin1');
      const start = bytes.indexOf('}\r\n') + 3;
      taken.update(bytes.subarray(start, bytes.length - 1));
    }
    assert.equal(taken.digest('hex'), sent.digest('hex'));
    assert.deepEqual(await client.ok('SEARCH BODY "ABCDEX"'), ['* SEARCH 1']);
  });
});
