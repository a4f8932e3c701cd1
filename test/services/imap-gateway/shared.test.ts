import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setQuota } from '../../../shared/account/set-quota.ts';
import type { ImapClient } from './imap-client.ts';
import { openWorld, type World } from './world.ts';

const ONE = 'Subject: one\r\n\r\nfirst\r\n';
const TWO = 'Subject: two\r\n\r\nsecond\r\n';

describe('imap-gateway: mailboxes of other accounts', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.stop());

  /** An owner with a mailbox `Project` that the other has these rights to. */
  async function pair(rights: string, ...messages: string[]) {
    const [ownerAddress, otherAddress] = [await world.account(), await world.account()];
    const owner = await world.logIn(ownerAddress);
    await owner.ok('CREATE Project');
    for (const message of messages) await world.add(ownerAddress, message, 'Project');
    const grant = (to: string, mailbox = 'Project') => owner.ok(`SETACL ${mailbox} ${otherAddress} "${to}"`);
    await grant(rights);
    // On the other gateway.
    const other = await world.logIn(otherAddress, 1);
    return { owner, other, ownerAddress, otherAddress, grant, shared: `Shared/${ownerAddress}/Project` };
  }

  const names = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/^.* "\/" /, ''));
  const uids = async (client: ImapClient): Promise<string> =>
    (await client.ok('UID SEARCH ALL')).join().replace(/^\* SEARCH ?/, '');

  test('no two mailboxes have one MAILBOXID', async () => {
    const { owner, other, shared, grant } = await pair('lrk');
    const idOf = (line: string): string => /MAILBOXID \(([\w-]+)\)/.exec(line)![1]!;
    const ids: string[] = [];
    await owner.ok('CREATE Project/deep');
    await grant('lr', 'Project/deep');
    for (const name of ['INBOX', 'Drafts', 'Sent', 'Trash', 'Junk', 'Archive', shared, `${shared}/deep`]) {
      const { untagged, tagged } = await other.command(`STATUS ${name} (MAILBOXID)`);
      if (tagged.startsWith('OK')) ids.push(idOf(untagged[0]!));
    }
    assert.ok(ids.length >= 3);
    assert.equal(new Set(ids).size, ids.length, ids.join());
    const [selected] = (await other.ok(`SELECT ${shared}`)).filter((line) => line.includes('MAILBOXID'));
    assert.equal(idOf(selected!), ids.at(-2));
    const listed = await other.ok(`LIST "" ${shared} RETURN (STATUS (MAILBOXID))`);
    assert.equal(idOf(listed[1]!), ids.at(-2));
    const created = idOf(await other.tagged(`CREATE ${shared}/new`));
    assert.ok(!ids.includes(created) && created.includes('-'), created);
    await Promise.all([owner.close(), other.close()]);
  });

  test('LIST shows what may be looked up, with the names above it', async () => {
    const { owner, other, ownerAddress, grant, shared } = await pair('lr');
    assert.deepEqual(await other.ok('LIST "" Shared*'), [
      '* LIST (\\Noselect \\HasChildren) "/" Shared',
      `* LIST (\\Noselect \\HasChildren) "/" Shared/${ownerAddress}`,
      `* LIST (\\HasNoChildren) "/" ${shared}`,
    ]);
    assert.ok(names(await other.ok('LIST "" %')).includes('Shared'));
    assert.deepEqual(names(await other.ok('LIST "" Shared/%')), [`Shared/${ownerAddress}`]);
    assert.deepEqual(names(await other.ok(`LIST Shared/ ${ownerAddress}/%`)), [shared]);
    assert.deepEqual(names(await other.ok('LIST "" INBOX')), ['INBOX']);
    assert.deepEqual(await other.ok('LIST "" Shared/%/%/%'), []);
    // `l` on the child alone: its parent is but a name (RFC 4314 §4).
    await owner.ok('CREATE Project/a/b');
    await grant('');
    await grant('', 'Project/a');
    assert.deepEqual(await other.ok(`LIST "" ${shared}*`), [
      `* LIST (\\Noselect \\HasChildren) "/" ${shared}`,
      `* LIST (\\Noselect \\HasChildren) "/" ${shared}/a`,
      `* LIST (\\HasNoChildren) "/" ${shared}/a/b`,
    ]);
    assert.deepEqual(await other.ok(`LIST "" ${shared}/a/b RETURN (MYRIGHTS STATUS (MESSAGES))`), [
      `* LIST (\\HasNoChildren) "/" ${shared}/a/b`,
      `* MYRIGHTS ${shared}/a/b lr`,
      `* STATUS ${shared}/a/b (MESSAGES 0)`,
    ]);
    assert.ok(!names(await owner.ok('LIST "" *')).some((name) => name.startsWith('Shared')));
  });

  test('without rights there is no such mailbox, and no such account', async () => {
    const { other, grant, shared } = await pair('');
    const commands = (name: string) => [
      `SELECT ${name}`,
      `EXAMINE ${name}`,
      `STATUS ${name} (MESSAGES)`,
      `DELETE ${name}`,
      `CREATE ${name}/new`,
      `RENAME ${name} ${name}2`,
      `GETACL ${name}`,
      `MYRIGHTS ${name}`,
      `SETACL ${name} anyone lr`,
      `LISTRIGHTS ${name} anyone`,
      `GETQUOTAROOT ${name}`,
    ];
    for (const name of [shared, shared.replace('reader', 'nobody'), shared.replace('Project', 'none')]) {
      for (const command of commands(name))
        assert.match(await other.tagged(command), /^NO \[NONEXISTENT\] no such mailbox/, command);
      assert.match(await other.tagged(`APPEND ${name} {4+}\r\nA: b`), /^NO \[TRYCREATE\] no such mailbox/);
    }
    await grant('l');
    for (const command of commands(shared).filter((each) => !each.startsWith('MYRIGHTS')))
      assert.match(await other.tagged(command), /^NO \[NOPERM\]/, command);
    assert.match(await other.tagged(`APPEND ${shared} {4+}\r\nA: b`), /^NO \[NOPERM\]/);
  });

  test('SELECT and FETCH with lr: read-only, and nothing is seen for the owner', async () => {
    const { owner, other, shared } = await pair('lr', ONE, TWO);
    const { untagged, tagged } = await other.command(`SELECT ${shared}`);
    assert.match(tagged, /^OK \[READ-ONLY\]/);
    assert.ok(untagged.includes('* OK [PERMANENTFLAGS ()] No flag can be changed'), untagged.join());
    assert.deepEqual(await other.ok('FETCH 1 (UID BODY[TEXT])'), [
      '* 1 FETCH (UID 1 BODY[TEXT] {7}\r\nfirst\r\n)',
    ]);
    assert.match(await other.tagged('STORE 1 +FLAGS (\\Seen)'), /^NO \[READ-ONLY\]/);
    assert.deepEqual(await owner.ok('STATUS Project (UNSEEN RECENT)'), [
      '* STATUS Project (UNSEEN 2 RECENT 2)',
    ]);
    assert.match((await other.ok('SEARCH TEXT second')).join(), /^\* SEARCH 2$/);
    await other.ok('CLOSE');
  });

  test('STORE: each flag with its right; EXPUNGE and CLOSE want e', async () => {
    const { owner, other, grant, shared } = await pair('lrs', ONE, TWO);
    const { untagged, tagged } = await other.command(`SELECT ${shared}`);
    assert.match(tagged, /^OK \[READ-WRITE\]/);
    assert.ok(untagged.includes('* OK [PERMANENTFLAGS (\\Seen)] Flags that can be changed'), untagged.join());
    assert.deepEqual(await other.ok('STORE 1 +FLAGS (\\Seen \\Flagged key)'), [
      '* 1 FETCH (FLAGS (\\Seen \\Recent))',
    ]);
    assert.match(await other.tagged('STORE 1 +FLAGS (\\Deleted)'), /^NO \[NOPERM\]/);
    // Told as soon as they have changed (RFC 4314 §5.1.1).
    await grant('lrstw');
    assert.deepEqual(await other.ok('NOOP'), [
      '* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)',
      '* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft \\*)] Flags that can be changed',
    ]);
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted key)');
    assert.match(await other.tagged('EXPUNGE'), /^NO \[NOPERM\]/);
    await other.ok('CLOSE');
    assert.deepEqual(await owner.ok('STATUS Project (MESSAGES DELETED)'), [
      '* STATUS Project (MESSAGES 2 DELETED 1)',
    ]);
    await grant('lrste');
    await other.ok(`SELECT ${shared}`);
    assert.ok((await other.ok('EXPUNGE')).includes('* 1 EXPUNGE'));
    assert.deepEqual(await owner.ok('STATUS Project (MESSAGES DELETED)'), [
      '* STATUS Project (MESSAGES 1 DELETED 0)',
    ]);
  });

  test('FETCH goes on when the right to set \\Seen was just taken away', async () => {
    const { other, otherAddress, ownerAddress, shared } = await pair('lrs', ONE);
    await other.ok(`SELECT ${shared}`);
    const account = await world.accountId(ownerAddress);
    const acl = { account, name: 'Project', identifier: otherAddress, mode: 'remove', rights: 's' } as const;
    // Told to the session as well, in time or not.
    await world.ports.mailboxes.ask('setAcl', acl);
    assert.equal((await other.ok('FETCH 1 BODY[TEXT]'))[0], '* 1 FETCH (BODY[TEXT] {7}\r\nfirst\r\n)');
  });

  test('a session is told of the changes of the shared mailbox it has selected', async () => {
    const { owner, other, ownerAddress, grant, shared } = await pair('lr', ONE);
    await other.ok(`SELECT ${shared}`);
    other.send('i IDLE\r\n');
    assert.match(await other.response(), /^\+ /);
    await world.add(ownerAddress, TWO, 'Project');
    assert.equal(await other.response(), '* 2 EXISTS');
    assert.equal(await other.response(), '* 2 RECENT');
    await owner.ok('SELECT Project');
    await owner.ok('STORE 1 +FLAGS.SILENT (\\Flagged)');
    assert.match(await other.response(), /^\* 1 FETCH \(UID 1 FLAGS \(\\Flagged( \\Recent)?\)\)/);
    // Rights that are taken away end the session.
    await grant('l');
    assert.match(await other.response(), /^\* BYE /);
  });

  test('APPEND wants i and keeps the flags one may set; what is there counts for the owner', async () => {
    const { owner, other, ownerAddress, otherAddress, grant, shared } = await pair('i');
    assert.match(
      await other.tagged(`APPEND ${shared} (\\Seen \\Draft key) {4+}\r\nA: b`),
      /^OK \[APPENDUID /,
    );
    await grant('lrsi');
    await other.ok(`APPEND ${shared} (\\Seen \\Draft key) {4+}\r\nA: b`);
    await owner.ok('EXAMINE Project');
    assert.deepEqual(await owner.ok('FETCH 1:* FLAGS'), [
      '* 1 FETCH (FLAGS (\\Recent))',
      '* 2 FETCH (FLAGS (\\Seen \\Recent))',
    ]);
    await setQuota(world.ports.database, otherAddress, { quotaBytes: 1, quotaMessages: 1 });
    await setQuota(world.ports.database, ownerAddress, { quotaBytes: null, quotaMessages: 3 });
    await other.ok(`APPEND ${shared} {4+}\r\nA: b`);
    assert.match(await other.tagged(`APPEND ${shared} {4+}\r\nA: b`), /^NO \[OVERQUOTA\]/);
    assert.match(await other.tagged(`GETQUOTAROOT ${shared}`), /^NO \[NOPERM\]/);
    await grant('lra');
    assert.deepEqual(await other.ok(`GETQUOTAROOT ${shared}`), [
      `* QUOTAROOT ${shared} #user/${ownerAddress}`,
      `* QUOTA #user/${ownerAddress} (MESSAGE 3 3)`,
    ]);
    assert.match(await other.tagged(`GETQUOTA #user/${ownerAddress}`), /^NO \[NONEXISTENT\]/);
  });

  test('COPY and MOVE within a shared tree', async () => {
    const { owner, other, shared, otherAddress } = await pair('lrswite', ONE, TWO);
    await owner.ok('CREATE Done');
    await owner.ok(`SETACL Done ${otherAddress} lrt`);
    await other.ok(`SELECT ${shared}`);
    const done = shared.replace('Project', 'Done');
    assert.match(await other.tagged(`COPY 1 ${done}`), /^NO \[NOPERM\]/);
    await owner.ok(`SETACL Done ${otherAddress} +i`);
    assert.match(await other.tagged(`COPY 1 ${done}`), /^OK \[COPYUID \d+ 1 1\]/);
    assert.match((await other.ok(`MOVE 2 ${done}`)).join(), /\[COPYUID \d+ 2 2\].*\* 2 EXPUNGE/);
    assert.deepEqual(await owner.ok('STATUS Done (MESSAGES)'), ['* STATUS Done (MESSAGES 2)']);
  });

  test('COPY and MOVE from an own mailbox to a shared one and back, with flags, dates and bytes', async () => {
    const { owner, other, otherAddress, grant, shared } = await pair('lrsi');
    await world.add(otherAddress, ONE);
    await world.add(otherAddress, TWO);
    await other.ok('SELECT INBOX');
    await other.ok('STORE 1 +FLAGS.SILENT (\\Seen \\Flagged key)');
    assert.match(await other.tagged(`COPY 1:2 ${shared}`), /^OK \[COPYUID \d+ 1:2 1:2\]/);
    await owner.ok('SELECT Project');
    const items = 'FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])';
    const date = '03-Feb-2026 04:05:06 +0000';
    assert.deepEqual(
      (await owner.ok(items)).map((line) => line.replace('" 3-', '"03-')),
      [
        `* 1 FETCH (FLAGS (\\Seen \\Recent) INTERNALDATE "${date}" BODY[] {${ONE.length}}\r\n${ONE})`,
        `* 2 FETCH (FLAGS (\\Recent) INTERNALDATE "${date}" BODY[] {${TWO.length}}\r\n${TWO})`,
      ],
    );
    assert.match((await other.ok(`MOVE 2 ${shared}`)).join(), /\[COPYUID \d+ 2 3\].*\* 2 EXPUNGE/);
    assert.equal(await uids(other), '1');
    // Back: without t and e nothing is moved, not even copied.
    await other.ok(`SELECT ${shared}`);
    assert.match(await other.tagged('MOVE 1:2 INBOX'), /^NO \[NOPERM\]/);
    await other.ok('EXAMINE INBOX');
    assert.equal(await uids(other), '1');
    await grant('lrte');
    await other.ok(`SELECT ${shared}`);
    assert.match((await other.ok('UID MOVE 1:3 INBOX')).join(), /\[COPYUID \d+ 1:3 3:5\]/);
    assert.equal(await uids(other), '');
    await owner.ok('UNSELECT');
    assert.deepEqual(await owner.ok('STATUS Project (MESSAGES SIZE)'), [
      '* STATUS Project (MESSAGES 0 SIZE 0)',
    ]);
    assert.match(await other.tagged('COPY 1 INBOX'), /^BAD/);
  });

  test('a MOVE across accounts that fails half-way loses nothing', async () => {
    const { other, otherAddress, shared } = await pair('lrsi');
    await world.add(otherAddress, ONE);
    await other.ok('SELECT INBOX');
    world.before = (verb) =>
      verb === 'expunge' ? { refused: 'no-account', text: 'not just now' } : undefined;
    assert.match(await other.tagged(`MOVE 1 ${shared}`), /^NO /);
    world.before = () => undefined;
    await other.ok('NOOP');
    assert.equal(await uids(other), '1');
    await other.ok(`EXAMINE ${shared}`);
    assert.equal(await uids(other), '1');
  });

  test('REPLACE: in a shared mailbox, and from an own one into it', async () => {
    const { owner, other, otherAddress, grant, shared } = await pair('lrsi', ONE);
    await other.ok(`SELECT ${shared}`);
    const replace = `REPLACE 1 ${shared} {4+}\r\nA: b`;
    assert.match(await other.tagged(replace), /^NO \[NOPERM\]/);
    await grant('lrite');
    assert.match((await other.ok(replace)).join(), /\[APPENDUID \d+ 2\].*\* 1 EXPUNGE/);
    await world.add(otherAddress, TWO);
    await other.ok('SELECT INBOX');
    assert.match((await other.ok(replace)).join(), /\[APPENDUID \d+ 3\].*\* 1 EXPUNGE/);
    assert.equal(await uids(other), '');
    assert.deepEqual(await owner.ok('STATUS Project (MESSAGES)'), ['* STATUS Project (MESSAGES 2)']);
  });

  test('CATENATE takes what one may read of others', async () => {
    const { other, grant, shared } = await pair('lr', ONE);
    const url = `/${shared}/;UID=1/;SECTION=TEXT`;
    const catenate = `APPEND INBOX CATENATE (TEXT {8+}\r\nA: b\r\n\r\n URL "${url}")`;
    assert.match(await other.tagged(catenate), /^OK \[APPENDUID /);
    await other.ok(`SELECT ${shared}`);
    assert.match(await other.tagged(catenate.replace(url, ';UID=1/;SECTION=TEXT')), /^OK \[APPENDUID /);
    await other.ok('SELECT INBOX');
    const copied = (at: number) => `* ${at} FETCH (BODY[] {15}\r\nA: b\r\n\r\nfirst\r\n)`;
    assert.deepEqual(await other.ok('FETCH 1:2 BODY.PEEK[]'), [copied(1), copied(2)]);
    await grant('l');
    assert.match(await other.tagged(catenate), /^NO \[BADURL /);
  });

  test('CREATE, RENAME and DELETE below a shared mailbox', async () => {
    const { owner, other, ownerAddress, grant, shared } = await pair('lrk');
    await other.ok(`CREATE ${shared}/a/b`);
    assert.deepEqual(names(await owner.ok('LIST "" Project*')), ['Project', 'Project/a', 'Project/a/b']);
    assert.match(await other.tagged(`MYRIGHTS ${shared}/a/b`), /^OK/);
    assert.match(await other.tagged(`CREATE Shared/${ownerAddress}/top`), /^NO \[NONEXISTENT\]/);
    assert.match(await other.tagged(`RENAME ${shared}/a ${shared}/c`), /^NO \[NOPERM\]/);
    assert.match(await other.tagged(`DELETE ${shared}/a`), /^NO \[NOPERM\]/);
    await grant('lrkx');
    await grant('lrkx', 'Project/a');
    // Its child has no x yet.
    assert.match(await other.tagged(`RENAME ${shared}/a ${shared}/c`), /^NO \[NOPERM\]/);
    await grant('lrkx', 'Project/a/b');
    await other.ok(`RENAME ${shared}/a ${shared}/c`);
    assert.deepEqual(names(await owner.ok('LIST "" Project/*')), ['Project/c', 'Project/c/b']);
    assert.match(await other.tagged(`RENAME ${shared}/c mine`), /^NO \[CANNOT\]/);
    await other.ok(`SELECT ${shared}/c/b`);
    assert.deepEqual(await other.ok(`DELETE ${shared}/c/b`), [
      '* OK [CLOSED] The selected mailbox was deleted',
    ]);
    assert.match(await other.tagged('CREATE Shared/x'), /^NO \[CANNOT\]/);
  });

  test("subscriptions to others' mailboxes are one's own", async () => {
    const { owner, other, grant, shared } = await pair('lr');
    await other.ok(`SUBSCRIBE ${shared}`);
    assert.ok((await other.ok('LSUB "" *')).includes(`* LSUB () "/" ${shared}`));
    assert.deepEqual(await other.ok('LIST (SUBSCRIBED) "" Shared/*'), [
      `* LIST (\\Subscribed \\HasNoChildren) "/" ${shared}`,
    ]);
    assert.deepEqual(await other.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" Shared'), [
      '* LIST (\\NonExistent \\HasChildren) "/" Shared ("CHILDINFO" ("SUBSCRIBED"))',
    ]);
    assert.ok(!(await owner.ok('LSUB "" *')).join().includes('Project'));
    // Subscribed still, when it can be looked up no more (RFC 3501 §6.3.9).
    await grant('');
    assert.ok((await other.ok('LSUB "" *')).includes(`* LSUB (\\Noselect) "/" ${shared}`));
    await other.ok(`UNSUBSCRIBE ${shared}`);
    assert.ok(!(await other.ok('LSUB "" *')).join().includes('Shared'));
  });

  test('annotations: private ones are of who wrote them, shared ones want w to be set', async () => {
    const { owner, other, grant, shared } = await pair('lr');
    await owner.ok('SETMETADATA Project (/private/comment "owner" /shared/comment "all")');
    await other.ok(`SETMETADATA ${shared} (/private/comment "other")`);
    const entries = '(/private/comment /shared/comment /private/specialuse)';
    assert.deepEqual(await other.ok(`GETMETADATA ${shared} ${entries}`), [
      `* METADATA ${shared} (/private/comment "other" /shared/comment "all" /private/specialuse NIL)`,
    ]);
    assert.deepEqual(await owner.ok('GETMETADATA Project (/private/comment /shared/comment)'), [
      '* METADATA Project (/private/comment "owner" /shared/comment "all")',
    ]);
    assert.match(await other.tagged(`SETMETADATA ${shared} (/shared/comment "mine")`), /^NO \[NOPERM\]/);
    await grant('lrw');
    await other.ok(`SETMETADATA ${shared} (/shared/comment "mine")`);
    assert.deepEqual(await owner.ok('LIST "" Project RETURN (METADATA (/shared/comment))'), [
      '* LIST (\\HasNoChildren) "/" Project',
      '* METADATA Project (/shared/comment "mine")',
    ]);
    await grant('r');
    assert.match(await other.tagged(`GETMETADATA ${shared} /shared/comment`), /^NO \[NONEXISTENT\]/);
    // A new mailbox in the old one's place has none.
    await owner.ok('DELETE Project');
    await owner.ok('CREATE Project');
    assert.deepEqual(await owner.ok('GETMETADATA (DEPTH infinity) Project (/private /shared)'), []);
  });

  test('annotations are bounded, and any bytes', async () => {
    const client = await world.logIn(await world.account());
    const set = (entry: string, bytes: number) =>
      client.tagged(`SETMETADATA INBOX (${entry} {${bytes}+}\r\n${'x'.repeat(bytes)})`);
    assert.match(await set('/shared/a', 16_384), /^OK/);
    assert.match(await set('/shared/a', 16_385), /^NO \[METADATA MAXSIZE 16384\]/);
    for (let at = 1; at < 16; at += 1) assert.match(await set(`/shared/${at}`, 16_384), /^OK/);
    assert.match(await set('/shared/more', 1), /^NO \[METADATA TOOMANY\]/);
    assert.match(await set('/shared/1', 10), /^OK/);
    assert.match(await set('/shared/more', 1), /^OK/);
    for (let at = 0; at < 100; at += 1) assert.match(await set(`/private/${at}`, 0), /^OK/);
    assert.match(await set('/private/more', 0), /^NO \[METADATA TOOMANY\]/);
    await client.ok('SETMETADATA INBOX (/private/0 ~{4+}\r\n\0\r\n\xff)');
    assert.deepEqual(await client.ok('GETMETADATA INBOX /private/0'), [
      '* METADATA INBOX (/private/0 ~{4}\r\n\0\r\n\xff)',
    ]);
    const all = await client.ok('GETMETADATA (DEPTH infinity) INBOX (/shared /private)');
    assert.ok(all.join().length > 245_000);
  });

  test('anyone: all accounts of the domain', async () => {
    const { owner, ownerAddress } = await pair('lr');
    await owner.ok('CREATE News');
    await owner.ok('SETACL News anyone lr');
    const third = await world.logIn(await world.account());
    assert.deepEqual(names(await third.ok(`LIST "" Shared/${ownerAddress}/*`)), [
      `Shared/${ownerAddress}/News`,
    ]);
    await owner.ok('DELETEACL News anyone');
  });

  test('a mailbox of another account under a name past ASCII', async () => {
    const { owner, other, ownerAddress, grant } = await pair('');
    await owner.ok('CREATE "Entw&APw-rfe & more"'.replace('& more', '&- more'));
    await grant('lr', '"Entw&APw-rfe &- more"');
    const shared = `"Shared/${ownerAddress}/Entw&APw-rfe &- more"`;
    assert.deepEqual(names(await other.ok(`LIST "" Shared/${ownerAddress}/*`)), [shared]);
    assert.match(await other.tagged(`SELECT ${shared}`), /^OK \[READ-ONLY\]/);
  });
});
