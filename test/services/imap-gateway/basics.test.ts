import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openWorld, type World } from './world.ts';

const FIRST = 'From: Ann <ann@example.org>\r\nSubject: one\r\n\r\nhello\r\n';
const SECOND = 'From: Ben <ben@example.org>\r\nSubject: two\r\nX-A: b\r\n\r\nsecond body\r\n';

describe('imap-gateway: a first session', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.stop());

  test('LOGIN, SELECT, FETCH, STORE, SEARCH, EXPUNGE, LOGOUT', async () => {
    const address = await world.account(FIRST, SECOND);
    const client = await world.connect();
    assert.match(client.greeting, /^\* OK \[CAPABILITY IMAP4rev1 .*AUTH=PLAIN.*\]/);
    assert.match(await client.tagged(`LOGIN ${address} wrong`), /^NO \[AUTHENTICATIONFAILED\]/);
    assert.match(await client.tagged(`LOGIN ${address} open-sesame`), /^OK \[CAPABILITY IMAP4rev1 /);
    const selected = await client.command('SELECT inbox');
    assert.match(selected.tagged, /^OK \[READ-WRITE\]/);
    assert.ok(selected.untagged.includes('* 2 EXISTS'));
    assert.ok(selected.untagged.includes('* 2 RECENT'));
    assert.ok(selected.untagged.includes('* OK [UNSEEN 1] First unseen'));
    assert.deepEqual(await client.ok('FETCH 1:2 (FLAGS UID RFC822.SIZE INTERNALDATE)'), [
      `* 1 FETCH (FLAGS (\\Recent) UID 1 RFC822.SIZE ${FIRST.length} INTERNALDATE " 3-Feb-2026 04:05:06 +0000")`,
      `* 2 FETCH (FLAGS (\\Recent) UID 2 RFC822.SIZE ${SECOND.length} INTERNALDATE " 3-Feb-2026 04:05:06 +0000")`,
    ]);
    assert.deepEqual(await client.ok('FETCH 2 BODY[]'), [
      `* 2 FETCH (BODY[] {${SECOND.length}}\r\n${SECOND} FLAGS (\\Seen \\Recent))`,
    ]);
    assert.deepEqual(await client.ok('FETCH 2 BODY.PEEK[HEADER.FIELDS (subject x-none)]'), [
      '* 2 FETCH (BODY[HEADER.FIELDS (subject x-none)] {16}\r\nSubject: two\r\n\r\n)',
    ]);
    assert.deepEqual(await client.ok('STORE 1 +FLAGS (\\Deleted $Label)'), [
      '* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Label)',
      '* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Label \\*)] Flags that can be changed',
      '* 1 FETCH (FLAGS (\\Deleted \\Recent $Label))',
    ]);
    assert.deepEqual(await client.ok('SEARCH UNSEEN'), ['* SEARCH 1']);
    assert.deepEqual(await client.ok('SEARCH TEXT "SECOND"'), ['* SEARCH 2']);
    assert.deepEqual(await client.ok('UID SEARCH OR FROM ann SUBJECT two'), ['* SEARCH 1 2']);
    assert.deepEqual(await client.ok('EXPUNGE'), ['* 1 EXPUNGE']);
    assert.deepEqual(await client.ok('FETCH 1 UID'), ['* 1 FETCH (UID 2)']);
    const out = await client.command('LOGOUT');
    assert.deepEqual(out, { untagged: ['* BYE Logging out'], tagged: 'OK LOGOUT completed' });
    assert.equal(await client.response(), '');
  });
});
