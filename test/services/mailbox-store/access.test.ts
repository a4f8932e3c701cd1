import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCESS } from '../../../services/mailbox-store/access.ts';
import { OPERATIONS } from '../../../services/mailbox-store/operations.ts';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { deleteAccount } from '../../../shared/account/delete-account.ts';
import { setEnabled } from '../../../shared/account/set-enabled.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import { isRefusal, type MailboxRequest, type MailboxVerb } from '../../../shared/mailbox/operations.ts';
import { ALL_RIGHTS, hasAll, removeRights } from '../../../shared/mailbox/rights.ts';
import { Flag, type FlagSet } from '../../../shared/mailbox/types.ts';
import { missing } from '../../servers.ts';
import { type AccountWorld, NO_FLAGS, onBothDatabases, openWorld, requestId, type World } from './world.ts';

/** A mailbox of its owner, with one message that is \Deleted, and a child below another name. */
interface Ground {
  readonly name: string;
  readonly mailboxId: string;
  readonly target: string;
}

interface Row<V extends MailboxVerb> {
  /** Each of these sets of rights is enough; none: only the owner may. */
  readonly enough: readonly string[];
  request(ground: Ground): Omit<MailboxRequest<V>, 'account' | 'as'>;
  /** Answered whatever the rights; then this says whether the reply shows the mailbox. */
  shows?(reply: never, ground: Ground): boolean;
}

const MESSAGE = { emailId: makeEmailId(), size: 10, internalDate: 1_700_000_000_000, flags: NO_FLAGS };
const DELETED: FlagSet = { system: Flag.Deleted, keywords: [] };

/** RFC 4314 §4, an operation a row: one that is new does not compile without. */
const ROWS: { readonly [V in MailboxVerb]: Row<V> } = {
  putObjects: { enough: [], request: () => ({ type: 'Identity', objects: [{ id: 'one', value: '{}' }] }) },
  setEmails: {
    enough: [],
    request: () => ({ requestId: requestId(), create: [], update: [], destroy: [MESSAGE.emailId] }),
  },
  setMailbox: { enough: [], request: ({ mailboxId }) => ({ mailboxId, sortOrder: 1 }) },
  activateScript: { enough: [], request: () => ({ name: null }) },
  checkScript: { enough: [], request: () => ({ content: 'keep;' }) },
  deleteScript: { enough: [], request: ({ name }) => ({ name }) },
  getScript: { enough: [], request: ({ name }) => ({ name }) },
  listScripts: { enough: [], request: () => ({}) },
  putScript: { enough: [], request: () => ({ name: 'one', content: 'keep;' }) },
  renameScript: { enough: [], request: ({ name }) => ({ from: name, to: `${name} new` }) },
  annotations: {
    enough: ['lr', 'ls', 'lw', 'li', 'lp'],
    request: () => ({}),
    shows: (reply: { annotations: { mailboxId: string }[] }, { mailboxId }) =>
      reply.annotations.some((annotation) => annotation.mailboxId === mailboxId),
  },
  append: {
    enough: ['i'],
    request: ({ name }) => ({ requestId: requestId(), name, messages: [MESSAGE] }),
  },
  changes: {
    enough: ['r'],
    request: ({ mailboxId }) => ({ mailboxId, sinceModSeq: 1, claimRecent: true }),
  },
  copy: {
    enough: ['ri'],
    request: ({ mailboxId, target }) => ({
      requestId: requestId(),
      from: mailboxId,
      uids: '1',
      to: target,
      move: false,
    }),
  },
  create: { enough: ['k'], request: ({ name }) => ({ name: `${name}/new` }) },
  delete: { enough: ['x'], request: ({ name }) => ({ name }) },
  expunge: { enough: ['re'], request: ({ mailboxId }) => ({ mailboxId }) },
  facts: { enough: ['r'], request: ({ mailboxId }) => ({ mailboxId, uids: '1' }) },
  getAcl: { enough: ['a'], request: ({ name }) => ({ name }) },
  index: { enough: ['r'], request: ({ mailboxId }) => ({ mailboxId }) },
  getMetadata: {
    enough: ['lr', 'ls', 'lw', 'li', 'lp'],
    request: ({ name }) => ({ name, entries: ['/shared/comment'], depth: 0 }),
  },
  list: {
    enough: ['l'],
    request: () => ({}),
    shows: (reply: { mailboxes: { name: string }[] }, { name }) =>
      reply.mailboxes.some((mailbox) => mailbox.name === name),
  },
  listRights: { enough: ['a'], request: ({ name }) => ({ name, identifier: 'anyone' }) },
  lockMaildrop: { enough: [], request: () => ({ session: 'one' }) },
  myRights: { enough: ['l', 'r', 'i', 'k', 'x', 'a'], request: ({ name }) => ({ name }) },
  quota: { enough: ['a'], request: ({ name }) => ({ name }) },
  rename: { enough: ['xk'], request: ({ name, target }) => ({ from: name, to: `${target}/moved` }) },
  select: { enough: ['r'], request: ({ name }) => ({ name, claimRecent: true }) },
  setAcl: {
    enough: ['a'],
    request: ({ name }) => ({ name, identifier: 'anyone', mode: 'add', rights: 'l' }),
  },
  setMetadata: {
    enough: ['lw'],
    request: ({ name }) => ({ name, values: [{ entry: '/shared/comment', value: 'YQ==' }] }),
  },
  snapshot: { enough: ['r'], request: ({ mailboxId }) => ({ mailboxId, afterUid: 0, limit: 10 }) },
  status: { enough: ['r'], request: ({ name }) => ({ name }) },
  store: {
    enough: ['rs'],
    request: ({ mailboxId }) => ({
      mailboxId,
      uids: '1',
      mode: 'add',
      flags: { system: Flag.Seen, keywords: [] },
    }),
  },
  subscribe: { enough: [], request: ({ name }) => ({ name, subscribed: true }) },
  unlockMaildrop: { enough: [], request: () => ({ session: 'one' }) },
  vanished: { enough: ['r'], request: ({ mailboxId }) => ({ mailboxId, sinceModSeq: 1 }) },
};

/** Nothing, each right alone, what is just enough, all but one of that, and all. */
function rightsToTry(enough: readonly string[]): string[] {
  const less = enough.flatMap((set) => [...set].map((right) => removeRights(ALL_RIGHTS, right)));
  return [...new Set(['', ...ALL_RIGHTS, ...enough, ...less, ALL_RIGHTS])];
}

let grounds = 0;

async function ground(owner: AccountWorld): Promise<Ground> {
  const name = `ground${++grounds}`;
  const target = `target${grounds}`;
  for (const made of [name, target]) await owner.raw('create', { name: made });
  await owner.raw('putScript', { name, content: 'keep;' });
  await owner.raw('setMetadata', { name, values: [{ entry: '/shared/comment', value: 'YQ==' }] });
  await owner.raw('append', {
    requestId: requestId(),
    name,
    messages: [{ ...MESSAGE, emailId: makeEmailId(), flags: DELETED }],
  });
  return { name, target, mailboxId: (await owner.status(name)).mailboxId };
}

describe('who may do what: every operation × the owner, another account with each right and with none', () => {
  let world: World;
  let other: AccountWorld;
  before(async () => {
    world = await openWorld(missing('postgres') ? 'pglite' : 'postgres');
    other = await world.account();
  });
  after(() => world?.close());

  test('every operation has a rule, and a row here', () => {
    assert.deepEqual(Object.keys(ACCESS).sort(), Object.keys(OPERATIONS).sort());
    assert.deepEqual(Object.keys(ROWS).sort(), Object.keys(OPERATIONS).sort());
  });

  for (const verb of Object.keys(OPERATIONS) as MailboxVerb[]) {
    test(verb, async () => {
      const row = ROWS[verb] as unknown as Row<'status'> & Pick<Row<'list'>, 'shows'>;
      const owner = await world.account();
      for (const as of [undefined, owner.id]) {
        const here = await ground(owner);
        const reply = await owner.raw(verb, { ...row.request(here), as } as never);
        assert.ok(!isRefusal(reply), `the owner may ${verb}: ${JSON.stringify(reply)}`);
        await owner.raw('unlockMaildrop', { session: 'one' });
      }
      let here = await ground(owner);
      for (const rights of rightsToTry(row.enough)) {
        for (const name of [here.name, here.target])
          await owner.raw('setAcl', { name, identifier: other.address, mode: 'replace', rights });
        const before = await owner.state();
        const reply = await owner.raw(verb, { ...row.request(here), as: other.id } as never);
        const may = row.enough.some((set) => hasAll(rights, set));
        const context = `${verb} with "${rights}": ${JSON.stringify(reply)}`;
        if (row.shows !== undefined) {
          assert.equal(row.shows(reply as never, here), may, context);
          continue;
        }
        assert.equal(!isRefusal(reply), may, context);
        if (!isRefusal(reply)) {
          here = await ground(owner);
          continue;
        }
        // Without `l` it looks as if there were no such mailbox. What is the owner's alone is never there.
        const known = rights.includes('l') && row.enough.length > 0;
        assert.equal(reply.refused, known ? 'no-permission' : 'not-found', context);
        assert.deepEqual(await owner.state(), before, `${context} changes nothing`);
      }
    });
  }
});

onBothDatabases('access control lists', (world) => {
  const pair = async (): Promise<[AccountWorld, AccountWorld]> => [
    await world().account(),
    await world().account(),
  ];
  const rightsOf = async (owner: AccountWorld, as: AccountWorld, name = 'INBOX'): Promise<string> => {
    const reply = await owner.raw('myRights', { name, as: as.id });
    return isRefusal(reply) ? reply.refused : reply.rights;
  };
  const set = (owner: AccountWorld, identifier: string, rights: string, name = 'INBOX') =>
    owner.ask('setAcl', { name, identifier, mode: 'replace', rights });

  test('rights add up over identifiers, negative ones take away', async () => {
    const [owner, other] = await pair();
    assert.equal(await rightsOf(owner, other), 'not-found');
    await set(owner, other.address.toUpperCase(), 'lr');
    await set(owner, 'Anyone', 'ls');
    assert.equal(await rightsOf(owner, other), 'lrs');
    await createAlias(world().ports.database, { address: 'team@example.test', targets: [other.address] });
    await set(owner, 'team@example.test', 'i');
    assert.equal(await rightsOf(owner, other), 'lrsi');
    await set(owner, `-${other.address}`, 'si');
    await set(owner, '-anyone', 'l');
    assert.equal(await rightsOf(owner, other), 'r');
    assert.equal(await rightsOf(owner, owner), ALL_RIGHTS);
    const { owner: address, entries } = await owner.ask('getAcl', { name: 'INBOX' });
    assert.equal(address, owner.address);
    assert.deepEqual(
      entries.map(({ identifier, rights }) => `${identifier} ${rights}`).sort(),
      [`${other.address} lr`, `-${other.address} si`, '-anyone l', 'anyone ls', 'team@example.test i'].sort(),
    );
  });

  test('rights are added, removed, replaced; without any the entry goes', async () => {
    const [owner, other] = await pair();
    const identifier = other.address;
    const change = (mode: 'add' | 'remove' | 'replace', rights: string) =>
      owner.ask('setAcl', { name: 'INBOX', identifier, mode, rights });
    await change('add', 'lr');
    await change('add', 'rs');
    assert.equal(await rightsOf(owner, other), 'lrs');
    await change('remove', 'sx');
    assert.equal(await rightsOf(owner, other), 'lr');
    await change('remove', 'lr');
    assert.deepEqual((await owner.ask('getAcl', { name: 'INBOX' })).entries, []);
  });

  test('nobody takes the owner its rights, and no identifier is made up', async () => {
    const [owner] = await pair();
    const change = (identifier: string) =>
      owner.refused('setAcl', { name: 'INBOX', identifier, mode: 'replace', rights: 'l' });
    assert.equal(await change(owner.address), 'owner');
    assert.equal(await change(`-${owner.address}`), 'owner');
    for (const odd of ['', '-', 'bob', '@example.test', 'a b@example.test', 'x@'])
      assert.equal(await change(odd), 'bad-identifier', odd);
  });

  test('a new mailbox inherits, a deleted one forgets, a renamed one keeps', async () => {
    const [owner, other] = await pair();
    await owner.ask('create', { name: 'a' });
    await set(owner, other.address, 'lr', 'a');
    await owner.ask('create', { name: 'a/b/c' });
    assert.equal(await rightsOf(owner, other, 'a/b/c'), 'lr');
    await owner.ask('rename', { from: 'a', to: 'z' });
    assert.equal(await rightsOf(owner, other, 'z/b/c'), 'lr');
    await owner.ask('delete', { name: 'z' });
    await owner.ask('create', { name: 'z' });
    assert.equal(await rightsOf(owner, other, 'z'), 'not-found');
  });

  test('flags: those that one may change, and the others stay', async () => {
    const [owner, other] = await pair();
    const all = { system: 31, keywords: ['old'] };
    await owner.append('INBOX', all, NO_FLAGS);
    const mailboxId = await owner.idOf('INBOX');
    const store = (mode: 'add' | 'remove' | 'replace', flags: FlagSet) =>
      owner.ask('store', { mailboxId, uids: '1:2', mode, flags, as: other.id });
    await set(owner, other.address, 'lrt');
    await store('replace', { system: Flag.Seen | Flag.Deleted, keywords: ['new'] });
    assert.deepEqual(await owner.view('INBOX'), { 1: [31, ['old']], 2: [Flag.Deleted, []] });
    await store('remove', { system: 31, keywords: ['old'] });
    assert.deepEqual(await owner.view('INBOX'), { 1: [31 & ~Flag.Deleted, ['old']], 2: [0, []] });
    await set(owner, other.address, 'lrw');
    await store('replace', { system: Flag.Draft, keywords: ['new'] });
    assert.deepEqual(await owner.view('INBOX'), {
      1: [Flag.Seen | Flag.Draft, ['new']],
      2: [Flag.Draft, ['new']],
    });
  });

  test('COPY and APPEND set the flags that one may set in the target (RFC 4314 §4)', async () => {
    const [owner, other] = await pair();
    await owner.append('INBOX', { system: 31, keywords: ['old'] });
    await owner.ask('create', { name: 'target' });
    await set(owner, other.address, 'lr');
    const copy = async () =>
      owner.ask('copy', {
        requestId: requestId(),
        from: await owner.idOf('INBOX'),
        uids: '1',
        to: 'target',
        move: false,
        as: other.id,
      });
    await set(owner, other.address, 'rsti', 'target');
    await copy();
    await set(owner, other.address, 'rwi', 'target');
    await copy();
    const flags = { system: Flag.Seen | Flag.Draft, keywords: ['mine'] };
    await owner.ask('append', {
      requestId: requestId(),
      name: 'target',
      messages: [{ ...MESSAGE, flags }],
      as: other.id,
    });
    assert.deepEqual(await owner.view('target'), {
      1: [Flag.Seen | Flag.Deleted, []],
      2: [Flag.Answered | Flag.Flagged | Flag.Draft, ['old']],
      3: [Flag.Draft, ['mine']],
    });
  });

  test('an account that is disabled or deleted has no rights, nor who gets its address next', async () => {
    const [owner, other] = await pair();
    const { database } = world().ports;
    await set(owner, other.address, 'lr');
    await setEnabled(database, other.address, false);
    assert.equal(await rightsOf(owner, other), 'not-found');
    await setEnabled(database, other.address, true);
    assert.equal(await rightsOf(owner, other), 'lr');
    await deleteAccount(database, other.address);
    assert.deepEqual((await owner.ask('getAcl', { name: 'INBOX' })).entries, []);
    assert.equal(await rightsOf(owner, other), 'not-found');
  });

  test('a list is bounded', async () => {
    const [owner] = await pair();
    for (let at = 0; at < 200; at += 1)
      await owner.raw('setAcl', { name: 'Sent', identifier: `x${at}@y.test`, mode: 'add', rights: 'l' });
    const one = { name: 'Sent', identifier: 'more@y.test', mode: 'add', rights: 'l' } as const;
    assert.equal(await owner.refused('setAcl', one), 'limit');
    await owner.ask('setAcl', { ...one, identifier: 'x7@y.test', rights: 'r' });
  });

  test("names of other accounts' mailboxes cannot be taken", async () => {
    const [owner] = await pair();
    for (const name of ['Shared', 'Shared/x', 'Shared/bob@example.test/INBOX'])
      assert.equal(await owner.refused('create', { name }), 'bad-name', name);
    assert.equal(await owner.refused('rename', { from: 'Sent', to: 'Shared/x' }), 'bad-name');
    await owner.ask('create', { name: 'Shared mail' });
  });
});
