import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openWorld, type World } from './world.ts';

const BODY = `Subject: large\r\n\r\n${'x'.repeat(300_000)}\r\n`;

const wholeIn = (lines: readonly string[]): number =>
  lines.filter((line) => line.includes(`BODY[] {${BODY.length}}\r\n${BODY}`)).length;

describe('imap-gateway: NOTIFY', () => {
  let world: World;
  before(async () => {
    world = await openWorld({}, 'postgres');
  });
  after(() => world?.stop());

  test('mailboxes of others: rights that come and go are names that come and go, and so is what is in them', async () => {
    const [owner, reader] = [await world.account(), await world.account()];
    const theirs = await world.logIn(owner, 0);
    const mine = await world.logIn(reader, 1);
    const place = `Shared/${owner}/Project`;
    await theirs.ok('CREATE Project');
    await mine.ok(`NOTIFY SET (mailboxes ${place} (MailboxName MessageNew MessageExpunge))`);
    await theirs.ok(`SETACL Project ${reader} lr`);
    assert.equal(await mine.response(), `* LIST (\\HasNoChildren) "/" ${place}`);
    await world.add(owner, 'Subject: a\r\n\r\n', 'Project');
    assert.equal(await mine.response(), `* STATUS ${place} (UIDNEXT 2 MESSAGES 1)`);
    await theirs.ok(`SETACL Project ${reader} l`);
    await world.add(owner, 'Subject: b\r\n\r\n', 'Project');
    await theirs.ok(`DELETEACL Project ${reader}`);
    assert.equal(await mine.response(), `* LIST (\\NonExistent) "/" ${place}`);
    await theirs.ok(`SETACL Project ${reader} l`);
    assert.equal(await mine.response(), `* LIST (\\NoAccess \\HasNoChildren) "/" ${place}`);
    assert.deepEqual(await mine.ok(`NOTIFY SET STATUS (subtree Shared (MessageNew MessageExpunge))`), [
      `* LIST (\\NoAccess) "/" ${place}`,
    ]);
    await Promise.all([theirs.close(), mine.close()]);
  });

  test('what is told never falls into another response, and a command waits for what is being told', async () => {
    const address = await world.account(BODY, BODY);
    const one = await world.logIn(address, 0);
    const two = await world.logIn(address, 1);
    await two.ok('SELECT INBOX');
    await one.ok(
      'NOTIFY SET (selected (MessageNew (BODY.PEEK[]) MessageExpunge FlagChange)) (personal (MailboxName))',
    );
    await one.ok('SELECT INBOX');
    let bodies = 0;
    for (let round = 0; round < 5; round += 1) {
      const [fetched] = await Promise.all([
        one.ok('UID FETCH 1:2 BODY.PEEK[]'),
        two
          .ok(`CREATE box${round}`)
          .then(() => two.ok(`STORE 1 ${round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Flagged)`)),
        world.add(address, BODY),
      ]);
      bodies += wholeIn(fetched);
    }
    for (let round = 0; bodies < 15 && round < 100; round += 1) bodies += wholeIn(await one.ok('NOOP'));
    // Two fetched each time, and each of the five new ones told once.
    assert.equal(bodies, 15);
    await Promise.all([one.close(), two.close()]);
  });

  test('a hint that was lost is made good by the next one', async () => {
    const address = await world.account();
    const one = await world.logIn(address, 0);
    const two = await world.logIn(address, 1);
    await two.ok('CREATE first');
    await one.ok('NOTIFY SET (personal (MailboxName MessageNew MessageExpunge))');
    let failing = true;
    world.before = (verb) => {
      if (verb !== 'list' || !failing) return undefined;
      failing = false;
      return { refused: 'no-account', text: 'not now' };
    };
    await two.ok('CREATE second');
    await two.ok('NOOP');
    await world.add(address, 'Subject: a\r\n\r\n', 'first');
    assert.equal(await one.response(), '* LIST (\\HasNoChildren) "/" second');
    assert.equal(await one.response(), '* STATUS first (UIDNEXT 2 MESSAGES 1)');
    world.before = () => undefined;
    await Promise.all([one.close(), two.close()]);
  });

  test('what was set is in the record of the session', async () => {
    const address = await world.account();
    const client = await world.logIn(address);
    await client.ok('NOTIFY SET (subtree Lists (MessageNew MessageExpunge))');
    const accountId = await world.accountId(address);
    const told = async (): Promise<unknown> =>
      (await world.ports.sessions.list({ accountId, limit: 10 }))[0]?.state?.notify;
    // It is written at most twice a second.
    for (let round = 0; round < 100 && (await told()) === undefined; round += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await told(), [
      { filter: 'subtree', names: ['Lists'], events: ['MessageNew', 'MessageExpunge'] },
    ]);
    await client.ok('UNAUTHENTICATE');
    await client.close();
  });
});
