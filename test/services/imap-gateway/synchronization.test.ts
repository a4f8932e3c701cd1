import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ImapClient } from './imap-client.ts';
import { openWorld, type World } from './world.ts';

const message = (subject: string): string => `Subject: ${subject}\r\n\r\n`;

/** The value of a response code among responses. */
function code(lines: readonly string[], name: string): number {
  const found = lines.map((line) => new RegExp(`\\[${name} (\\d+)\\]`).exec(line)?.[1]).find(Boolean);
  assert.ok(found, `${name} in ${lines.join(' | ')}`);
  return Number(found);
}

const since = (lines: readonly string[]): string[] => lines.filter((line) => /VANISHED| FETCH /.test(line));

describe('imap-gateway: synchronization', () => {
  let world: World;
  before(async () => {
    world = await openWorld({}, 'postgres');
  });
  after(() => world?.stop());

  async function expunge(client: ImapClient, uids: string): Promise<void> {
    await client.ok(`UID STORE ${uids} +FLAGS.SILENT (\\Deleted)`);
    await client.ok('EXPUNGE');
  }

  /** The journal of this account was cut off at what it has now. */
  async function cutJournal(address: string): Promise<void> {
    const id = await world.accountId(address);
    await world.ports.database.prepared('test_cut', 'delete from journal where account_id = $1', [id]);
    await world.ports.database.prepared(
      'test_cut_account',
      'update account set journal_from = mod_seq where account_id = $1',
      [id],
    );
  }

  test('where the journal does not reach back, all uids that are not there have vanished', async () => {
    const address = await world.account(...['a', 'b', 'c', 'd', 'e', 'f'].map(message));
    const one = await world.logIn(address);
    await one.ok('ENABLE QRESYNC');
    await one.ok('SELECT INBOX');
    await expunge(one, '2');
    const told = await one.ok('SELECT INBOX');
    const [validity, modSeq] = [code(told, 'UIDVALIDITY'), code(told, 'HIGHESTMODSEQ')];
    await expunge(one, '5');
    await one.ok('UID STORE 6 +FLAGS.SILENT (\\Seen)');
    await cutJournal(address);
    const select = async (parameters: string): Promise<string[]> =>
      since(await one.ok(`SELECT INBOX (QRESYNC (${validity} ${modSeq}${parameters}))`)).map((line) =>
        line.replace(/ MODSEQ.*/, ')'),
      );
    const flags = '* 4 FETCH (UID 6 FLAGS (\\Seen))';
    assert.deepEqual(await select(''), ['* VANISHED (EARLIER) 2,5', flags]);
    assert.deepEqual(await select(' 1,3:6'), ['* VANISHED (EARLIER) 5', flags]);
    assert.deepEqual(await select(' 1:5'), ['* VANISHED (EARLIER) 2,5']);
    // Up to uid 4 the client's numbers are right: 2 went before.
    assert.deepEqual(await select(' 1:6 (1:5 1,3:6)'), ['* VANISHED (EARLIER) 5', flags]);
    assert.deepEqual(await select(' (1,3,5 1,4,6)'), ['* VANISHED (EARLIER) 5', flags]);
    assert.deepEqual(await select(' 1:6 (1:4294967295 1:4294967295)'), ['* VANISHED (EARLIER) 2,5', flags]);
    const fetched = await one.ok(`UID FETCH 1:* FLAGS (CHANGEDSINCE ${modSeq} VANISHED)`);
    assert.equal(fetched[0], '* VANISHED (EARLIER) 2,5');
  });

  test('a journal that reaches back tells what went since then alone', async () => {
    const address = await world.account(...['a', 'b', 'c'].map(message));
    const one = await world.logIn(address);
    await one.ok('ENABLE QRESYNC');
    await one.ok('SELECT INBOX');
    await expunge(one, '3');
    const told = await one.ok('SELECT INBOX');
    const [validity, modSeq] = [code(told, 'UIDVALIDITY'), code(told, 'HIGHESTMODSEQ')];
    await world.add(address, message('d'));
    const again = await one.ok(`SELECT INBOX (QRESYNC (${validity} ${modSeq}))`);
    assert.deepEqual(
      since(again).map((line) => line.replace(/ FLAGS.*/, '')),
      ['* 3 FETCH (UID 4'],
    );
    await expunge(one, '1,4');
    const last = await one.ok(`SELECT INBOX (QRESYNC (${validity} ${modSeq}))`);
    assert.deepEqual(since(last), ['* VANISHED (EARLIER) 1,4']);
    const highest = code(last, 'HIGHESTMODSEQ');
    await one.ok('CREATE elsewhere');
    await world.add(address, message('e'), 'elsewhere');
    const quiet = await one.ok(`SELECT INBOX (QRESYNC (${validity} ${highest}))`);
    assert.deepEqual(since(quiet), []);
    assert.equal(code(quiet, 'HIGHESTMODSEQ'), highest);
  });

  test('.SILENT tells flags that the client cannot expect', async () => {
    const address = await world.account(message('a'));
    const one = await world.logIn(address, 0);
    const two = await world.logIn(address, 1);
    await one.ok('SELECT INBOX');
    await two.ok('SELECT INBOX');
    await one.ok('STORE 1 +FLAGS.SILENT (\\Flagged $x)');
    const told = await two.ok('STORE 1 +FLAGS.SILENT (\\Seen)');
    assert.deepEqual(told.slice(-1), ['* 1 FETCH (FLAGS (\\Seen \\Flagged $x))']);
    assert.deepEqual(await two.ok('STORE 1 +FLAGS.SILENT ($X)'), []);
    assert.deepEqual(await two.ok('STORE 1 -FLAGS.SILENT (\\Flagged)'), []);
    assert.deepEqual(await two.ok('STORE 1 FLAGS.SILENT ($y)'), [
      '* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $x $y)',
      '* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $x $y \\*)] Flags that can be changed',
    ]);
  });

  test('sessions that select one mailbox read it once, and hear of changes by one request', async () => {
    const address = await world.account(message('a'), message('b'));
    const clients = await Promise.all(Array.from({ length: 8 }, () => world.logIn(address)));
    world.asked.splice(0);
    const answers = await Promise.all(clients.map((client) => client.ok('SELECT INBOX')));
    assert.deepEqual(world.asked.toSorted(), ['select', 'snapshot']);
    const recents = answers.map((lines) => lines.find((line) => line.endsWith(' RECENT')));
    assert.deepEqual(recents.filter((line) => line === '* 2 RECENT').length, 1);
    for (const client of clients) {
      client.send('i IDLE\r\n');
      assert.equal(await client.response(), '+ idling');
    }
    assert.deepEqual(world.asked, ['select', 'snapshot']);
    await world.add(address, message('c'));
    for (const client of clients) assert.equal(await client.response(), '* 3 EXISTS');
    const recent = await Promise.all(clients.map((client) => client.response()));
    assert.equal(
      recent.reduce((sum, line) => sum + Number(/^\* (\d) RECENT/.exec(line)![1]), 0),
      3,
    );
    assert.ok(world.asked.filter((verb) => verb === 'changes').length <= 2, world.asked.join());
  });
});
