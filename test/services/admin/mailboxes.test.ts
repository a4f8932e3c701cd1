import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { start } from '../../../services/admin/service.ts';
import { readConfig } from '../../../shared/runtime/config.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { type AccountWorld, NO_FLAGS, openWorld, type World } from '../mailbox-store/world.ts';
import { mailctl, TOKEN } from './cluster.ts';

describe('mailctl mailbox', () => {
  let world: World;
  let admin: Running;
  let [alice, bob]: AccountWorld[] = [];
  before(async () => {
    world = await openWorld('pglite');
    const config = readConfig({ ADMIN_PORT: '0', ADMIN_TOKEN: TOKEN, LISTEN_HOST: '127.0.0.1' });
    admin = await start(world.ports, config);
    [alice, bob] = [await world.account(), await world.account()];
  });
  after(async () => {
    await admin?.stop(0);
    await world?.close();
  });

  const run = (line: string) => mailctl(`http://127.0.0.1:${admin.addresses.admin?.port}`, line);
  async function good(line: string): Promise<string> {
    const ran = await run(line);
    assert.deepEqual([ran.status, ran.err], [0, ''], `${line}: ${ran.err}`);
    return ran.out;
  }

  test('list: the mailboxes of an account with what they hold', async () => {
    await alice!.append('INBOX', NO_FLAGS, { system: 9, keywords: [] });
    await alice!.ask('create', { name: 'Project/Entwürfe' });
    await alice!.ask('subscribe', { name: 'gone', subscribed: true });
    const lines = (await good(`mailbox list ${alice!.address}`)).split('\n');
    assert.match(lines[0]!, /^MAILBOX +MESSAGES +UNSEEN +DELETED +SIZE +USE$/);
    assert.match(lines[1]!, /^INBOX +2 +1 +1 +200 B$/);
    assert.ok(lines.some((line) => /^Drafts +0 +0 +0 +0 B +Drafts$/.test(line)));
    assert.ok(lines.some((line) => line.startsWith('Project/Entwürfe')));
    assert.ok(!lines.join().includes('gone'));
    const [inbox] = JSON.parse(await good(`mailbox list ${alice!.address} --json`));
    assert.partialDeepStrictEqual(inbox, { name: 'INBOX', messages: 2, size: 200 });
    const { status, err } = await run('mailbox list nobody@example.test');
    assert.deepEqual([status, err], [1, 'mailctl: there is no account nobody@example.test\n']);
  });

  test('acl: shown, set, added to, deleted; in force at once', async () => {
    const acl = `mailbox acl ${alice!.address} Project`;
    const rights = async () => {
      const reply = await alice!.raw('myRights', { name: 'Project', as: bob!.id });
      return 'rights' in reply ? reply.rights : reply.refused;
    };
    assert.match(await good(acl), new RegExp(`^WHO +RIGHTS\n${alice!.address} +owner\n$`));
    await good(`${acl} ${bob!.address} lr`);
    assert.equal(await rights(), 'lr');
    assert.match(await good(`${acl} ${bob!.address} +cs`), new RegExp(`^${bob!.address} +lrskx$`, 'm'));
    assert.equal(await rights(), 'lrskx');
    assert.match(await good(`${acl} anyone l`), /^anyone +l$/m);
    const { entries } = JSON.parse(await good(`${acl} ${bob!.address} --delete --json`));
    assert.deepEqual(entries, [{ identifier: 'anyone', rights: 'l' }]);
    await good(`${acl} anyone --delete`);
    assert.equal(await rights(), 'not-found');
  });

  test('acl: mistakes are told', async () => {
    const wrong = async (line: string) => {
      const { status, err } = await run(line);
      return [status, err];
    };
    const acl = `mailbox acl ${alice!.address}`;
    assert.deepEqual(await wrong(`${acl} none`), [1, 'mailctl: no such mailbox\n']);
    assert.deepEqual(await wrong(`${acl} Sent ${bob!.address} lq`), [
      1,
      "mailctl: 'lq' are not all rights of RFC 4314\n",
    ]);
    assert.deepEqual(await wrong(`${acl} Sent bob lr`), [1, 'mailctl: not an address, nor anyone\n']);
    assert.deepEqual(await wrong(`${acl} Sent ${alice!.address} lr`), [
      1,
      'mailctl: the owner always has all rights\n',
    ]);
    assert.deepEqual(await wrong(`${acl} Sent ${bob!.address}`), [
      2,
      'mailctl: give either rights or --delete\n',
    ]);
    assert.equal((await run(`${acl} Sent --delete`)).status, 2);
  });
});
