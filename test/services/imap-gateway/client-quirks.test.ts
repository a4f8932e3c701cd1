import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openWorld, type World } from './world.ts';

const MESSAGE = 'Subject: one\r\n\r\nhello\r\n';
const LIMIT = 100_000;

/** What has broken clients on other servers. */
describe('imap-gateway: habits of clients', () => {
  let world: World;
  before(async () => {
    world = await openWorld(
      { maxMessageBytes: LIMIT, jmapUrl: 'https://mail.example.test/jmap' },
      'postgres',
    );
  });
  after(() => world?.stop());

  const news = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => / (?:EXISTS|RECENT|EXPUNGE)$/.test(line));

  // Apple Mail takes each `* 0 EXISTS` for a change, and selects the mailbox anew, for ever.
  test('an empty mailbox says once that it is empty', async () => {
    const address = await world.account();
    const client = await world.logIn(address);
    const selected = await client.ok('SELECT INBOX');
    assert.deepEqual(news(selected), ['* 0 EXISTS', '* 0 RECENT']);
    for (const command of [
      'NOOP',
      'CHECK',
      'NOOP',
      'UID SEARCH ALL',
      'STATUS INBOX (MESSAGES)',
      'UID FETCH 1:* FLAGS',
    ])
      assert.deepEqual(news(await client.ok(command)), [], command);
    client.send('i IDLE\r\n');
    assert.match(await client.response(), /^\+/);
    const other = await world.logIn(address);
    await other.ok(`APPEND INBOX {${MESSAGE.length}+}\r\n${MESSAGE}`);
    assert.equal(await client.response(), '* 1 EXISTS');
    assert.equal(await client.response(), '* 1 RECENT');
    await other.ok('SELECT INBOX');
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await other.ok('EXPUNGE');
    client.send('DONE\r\n');
    const { untagged, tagged } = await client.until('i');
    assert.match(tagged, /^OK/);
    const told = [...untagged, ...(await client.ok('NOOP')), ...(await client.ok('NOOP'))];
    assert.deepEqual(news(told), ['* 1 EXPUNGE']);
  });

  // iOS sends IDLE, DONE and what comes next without waiting.
  test('IDLE and DONE in one go, again and again', async () => {
    const client = await world.logIn(await world.account(MESSAGE));
    await client.ok('SELECT INBOX');
    const rounds = Array.from({ length: 50 }, (_, at) => at);
    client.send(rounds.map((at) => `i${at} IDLE\r\nDONE\r\nn${at} NOOP\r\n`).join(''));
    for (const at of rounds) {
      assert.match(await client.response(), /^\+/);
      assert.match(await client.response(), new RegExp(`^i${at} OK`));
      assert.match(await client.response(), new RegExp(`^n${at} OK`));
    }
    // Without DONE the IDLE ends in BAD, and the session goes on.
    client.send('x IDLE\r\n');
    assert.match(await client.response(), /^\+/);
    client.send('y IDLE\r\nz NOOP\r\n');
    const { untagged, tagged } = await client.until('z');
    assert.match(untagged.join('\n'), /^x BAD /m);
    assert.match(tagged, /^OK/);
  });

  test('Thunderbird: UTF8 APPEND, enabled or not', async () => {
    const client = await world.logIn(await world.account());
    const draft = 'Subject: Gr\xc3\xbc\xc3\x9fe\r\n\r\nhello\r\n';
    for (const enable of [false, true]) {
      if (enable) await client.ok('ENABLE UTF8=ACCEPT');
      client.send(`a APPEND "Drafts" (\\Seen) UTF8 (~{${draft.length}}\r\n`);
      assert.match(await client.response(), /^\+/);
      client.send(`${draft})\r\n`);
      assert.match((await client.until('a')).tagged, /^OK \[APPENDUID/);
    }
    await client.ok('EXAMINE Drafts');
    const drafts = await client.ok('FETCH 1:2 BODY[]');
    for (const found of drafts) assert.ok(found.endsWith(`}\r\n${draft})`), found);
  });

  test('a message at the limit is taken, one byte more is refused before it is sent', async () => {
    const client = await world.logIn(await world.account());
    const body = 'x'.repeat(LIMIT);
    assert.match(await client.tagged(`APPEND INBOX {${LIMIT}+}\r\n${body}`), /^OK/);
    assert.match(await client.tagged(`APPEND INBOX {${LIMIT + 1}}`), /^NO \[TOOBIG\]/);
    assert.match(await client.tagged(`APPEND INBOX {${LIMIT + 1}+}\r\n${body}x`), /^NO \[TOOBIG\]/);
    assert.match(await client.tagged('APPEND INBOX {4294967296}'), /^NO \[TOOBIG\]/);
    assert.match(await client.tagged('SEARCH BODY {4294967296}'), /^BAD /);
    assert.deepEqual(await client.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 1)']);
  });

  test('4 GB announced cost nothing', async () => {
    const address = await world.account();
    const before = process.memoryUsage().rss;
    const clients = await Promise.all(Array.from({ length: 20 }, () => world.logIn(address)));
    for (const client of clients) {
      client.send('a APPEND INBOX {4294967296+}\r\n');
      assert.match((await client.until('a')).tagged, /^NO \[TOOBIG\]/);
      client.send('some of it');
    }
    assert.ok(process.memoryUsage().rss - before < 50_000_000);
    await Promise.all(clients.map((client) => client.close()));
  });

  // RFC 2971 §3.3 and RFC 9698 §3.
  test('ID, and where JMAP is', async () => {
    const client = await world.logIn(await world.account());
    const id = 'ID ("name" "sodr" "version" "19.34" "vendor" "Pink Floyd Music Limited")';
    assert.match((await client.ok(id))[0]!, /^\* ID \("name" "Cartero"/);
    assert.match((await client.ok('ID NIL'))[0]!, /^\* ID /);
    assert.match((await client.ok('CAPABILITY'))[0]!, / JMAPACCESS( |$)/);
    assert.deepEqual(await client.ok('GETJMAPACCESS'), ['* JMAPACCESS "https://mail.example.test/jmap"']);
  });
});
