import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ImapClient } from './imap-client.ts';
import { openWorld, type World } from './world.ts';

/** RFC 9738 with a limit of three: the RFC's examples (§3.1) on a mailbox of five. */
let world: World;
before(async () => {
  world = await openWorld({ imapMessageLimit: 3 });
});
after(() => world?.stop());

async function five(): Promise<ImapClient> {
  const messages = Array.from({ length: 5 }, (_, at) => `Subject: m${at + 1}\r\n\r\n`);
  const client = await world.logIn(await world.account(...messages));
  await client.ok('SELECT INBOX');
  return client;
}

test('the limit is told, and what it does not reach is not touched', async () => {
  const client = await five();
  assert.match((await client.ok('CAPABILITY'))[0]!, / MESSAGELIMIT=3( |$)/);
  const rows: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['FETCH 1:3 UID', ['* 1 FETCH (UID 1)', '* 2 FETCH (UID 2)', '* 3 FETCH (UID 3)'], /^OK FETCH/],
    [
      'FETCH 1:* (UID)',
      ['* 5 FETCH (UID 5)', '* 4 FETCH (UID 4)', '* 3 FETCH (UID 3)'],
      /^OK \[MESSAGELIMIT 3 3\]/,
    ],
    [
      'FETCH 1:* (RFC822.SIZE)',
      ['* 5 FETCH (RFC822.SIZE 15)', '* 4 FETCH (RFC822.SIZE 15)', '* 3 FETCH (RFC822.SIZE 15)'],
      /^OK \[MESSAGELIMIT 3 3\]/,
    ],
    [
      'FETCH 1:4 (BODY.PEEK[HEADER])',
      [4, 3, 2].map((n) => `* ${n} FETCH (BODY[HEADER] {15}\r\nSubject: m${n}\r\n\r\n)`),
      /^OK \[MESSAGELIMIT 3 2\]/,
    ],
    ['UID FETCH 1:5 UID (PARTIAL -1:-4)', [], /^NO \[MESSAGELIMIT 3\]/],
    ['UID FETCH 1:5 UID (PARTIAL -1:-2)', ['* 4 FETCH (UID 4)', '* 5 FETCH (UID 5)'], /^OK FETCH/],
    ['UID SEARCH ALL', ['* SEARCH 3 4 5'], /^OK \[MESSAGELIMIT 3 3\]/],
    ['UID SEARCH UID 1:4 SUBJECT m', ['* SEARCH 2 3 4'], /^OK \[MESSAGELIMIT 3 2\]/],
    ['UID SEARCH UID 1:2 SUBJECT m', ['* SEARCH 1 2'], /^OK SEARCH/],
    ['UID SEARCH UIDAFTER 3', ['* SEARCH 4 5'], /^OK SEARCH/],
    ['UID SEARCH UIDAFTER 5', ['* SEARCH'], /^OK SEARCH/],
    ['UID SEARCH UIDBEFORE 3', ['* SEARCH 1 2'], /^OK SEARCH/],
    ['UID SEARCH UIDBEFORE 1', ['* SEARCH'], /^OK SEARCH/],
    ['SEARCH RETURN (SAVE) ALL', [], /^OK \[MESSAGELIMIT 3 3\]/],
    ['UID FETCH $ UID', ['* 3 FETCH (UID 3)', '* 4 FETCH (UID 4)', '* 5 FETCH (UID 5)'], /^OK FETCH/],
    ['CREATE box', [], /^OK/],
    ['UID COPY 1:4 box', [], /^NO \[MESSAGELIMIT 3 2\]/],
    ['STATUS box (MESSAGES)', ['* STATUS box (MESSAGES 0)'], /^OK/],
    [
      'UID STORE 1:4 +FLAGS (\\Deleted)',
      [4, 3, 2].map((n) => `* ${n} FETCH (UID ${n} FLAGS (\\Deleted \\Recent))`),
      /^OK \[MESSAGELIMIT 3 2\]/,
    ],
    ['UID STORE 1,5 +FLAGS.SILENT (\\Deleted)', [], /^OK STORE/],
  ];
  for (const [command, untagged, tagged] of rows) {
    const answer = await client.command(command);
    assert.deepEqual(answer.untagged, untagged, command);
    assert.match(answer.tagged, tagged, command);
  }
  const expunged = await client.command('UID EXPUNGE 1:*');
  assert.deepEqual(expunged.untagged, ['* 3 EXPUNGE', '* 3 EXPUNGE', '* 3 EXPUNGE']);
  assert.match(expunged.tagged, /^OK \[MESSAGELIMIT 3 3\]/);
  assert.deepEqual(await client.ok('UID SEARCH ALL'), ['* SEARCH 1 2']);
  await client.close();
});

test('MOVE moves the last ones; EXPUNGE and CLOSE know no limit; APPEND is all or nothing', async () => {
  const client = await five();
  await client.ok('CREATE box');
  const moved = await client.command('UID MOVE 1:* box');
  assert.match(moved.untagged[0]!, /^\* OK \[COPYUID \d+ 3:5 1:3\]/);
  assert.match(moved.tagged, /^OK \[MESSAGELIMIT 3 3\]/);
  const many = await client.command(`APPEND INBOX${' {4+}\r\na:b\n'.repeat(4)}`);
  assert.match(many.tagged, /^NO \[MESSAGELIMIT 3\]/);
  await client.ok(`APPEND INBOX${' {4+}\r\na:b\n'.repeat(3)}`);
  await client.ok('UID STORE 1:6 +FLAGS.SILENT (\\Deleted)');
  await client.ok('UID STORE 7:9 +FLAGS.SILENT (\\Deleted)');
  assert.equal(
    (await client.ok('STATUS INBOX (MESSAGES DELETED)'))[0],
    '* STATUS INBOX (MESSAGES 5 DELETED 5)',
  );
  assert.equal((await client.ok('EXPUNGE')).length, 5);
  await client.close();
});
