import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import {
  MAX_MAILBOX_DEPTH,
  MAX_MAILBOX_NAME_BYTES,
  MAX_MAILBOX_NAMES_BYTES,
  MAX_MAILBOXES,
} from '../../../shared/mailbox/types.ts';
import { NO_FLAGS, onBothDatabases } from './world.ts';

const DEFAULTS = ['INBOX', 'Archive', 'Drafts', 'Junk', 'Sent', 'Trash'];

onBothDatabases('mailboxes', (world) => {
  test('a new account has INBOX first, then the others by name', async () => {
    const account = await world().account();
    const { mailboxes, modSeq } = await account.ask('list', {});
    assert.deepEqual(
      mailboxes.map(({ name }) => name),
      DEFAULTS,
    );
    assert.ok(modSeq >= 1);
    const drafts = mailboxes.find(({ name }) => name === 'Drafts');
    assert.partialDeepStrictEqual(drafts, { specialUse: 'Drafts', exists: true, messages: 0, uidNext: 1 });
    assert.equal(new Set(mailboxes.map(({ mailboxId }) => mailboxId)).size, DEFAULTS.length);
  });

  test('status: INBOX in any case, NFC, and not-found for what is not there', async () => {
    const account = await world().account();
    assert.equal((await account.status('inBox')).name, 'INBOX');
    await account.ask('create', { name: 'Entwu\u0308rfe' });
    assert.equal((await account.status('Entw\u00fcrfe')).name, 'Entw\u00fcrfe');
    for (const name of ['nope', 'drafts', '', '/', 'INBOX/nope', 'a\0b', 'x'.repeat(5_000)])
      assert.equal(await account.refused('status', { name }), 'not-found', JSON.stringify(name));
  });

  test('create makes what is missing of the path', async () => {
    const account = await world().account();
    const { mailboxId } = await account.ask('create', { name: 'a/b/c', specialUse: 'All' });
    assert.deepEqual(await account.names(), [
      'INBOX',
      'Archive',
      'Drafts',
      'Junk',
      'Sent',
      'Trash',
      'a',
      'a/b',
      'a/b/c',
    ]);
    const made = await account.status('a/b/c');
    assert.equal(made.mailboxId, mailboxId);
    assert.equal(made.specialUse, 'All');
    assert.equal(made.subscribed, false);
    assert.equal((await account.status('a/b')).specialUse, null);
    await account.ask('create', { name: 'a/x/' });
    await account.ask('create', { name: 'inbox/sub' });
    assert.equal((await account.status('INBOX/sub')).name, 'INBOX/sub');
  });

  test('create refuses a name that is taken', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b' });
    for (const name of ['a', 'a/', 'a/b', 'a/b/', 'INBOX', 'inbox', 'Sent'])
      assert.equal(await account.refused('create', { name }), 'exists', name);
  });

  test('create refuses bad names', async () => {
    const account = await world().account();
    const deep = Array.from({ length: MAX_MAILBOX_DEPTH }, (_, level) => level).join('/');
    const long = 'ü'.repeat(MAX_MAILBOX_NAME_BYTES / 2);
    const bad = [
      '',
      '/',
      '//',
      '/a',
      'a//b',
      'a//',
      'a\0b',
      'a\rb',
      'a\nb',
      'a\x7fb',
      `${deep}/x`,
      `${long}x`,
      'a\ud800b',
    ];
    for (const name of bad)
      assert.equal(await account.refused('create', { name }), 'bad-name', JSON.stringify(name));
    await account.ask('create', { name: deep });
    await account.ask('create', { name: long });
    for (const name of ['*', '%', '"', '\\', ' ', '&', "'; drop table mailbox; --", '\u{1F4E7}'])
      await account.ask('create', { name });
  });

  test('create and subscribe end at MAX_MAILBOXES', async () => {
    const account = await world().account();
    const spare = 4;
    await sql`insert into mailbox (account_id, mailbox_id, name, uid_validity)
      select ${account.id}, n, 'many ' || n, n from generate_series(100, ${99 + MAX_MAILBOXES - DEFAULTS.length - spare}::int) n`.execute(
      world().ports.database.kysely,
    );
    assert.equal(await account.refused('create', { name: 'a/b/c/d/e' }), 'limit');
    await account.ask('create', { name: 'a/b/c' });
    await account.ask('create', { name: 'a/b/d' });
    assert.equal(await account.refused('create', { name: 'x' }), 'limit');
    assert.equal(await account.refused('subscribe', { name: 'x', subscribed: true }), 'limit');
    assert.equal(await account.refused('rename', { from: 'a/b', to: 'y/b' }), 'limit');
    await account.ask('delete', { name: 'a/b/d' });
    await account.ask('subscribe', { name: 'x', subscribed: true });
    await sql`update mailbox set name = name || repeat('"', 50) where account_id = ${account.id}
      and name like 'many %'`.execute(world().ports.database.kysely);
    assert.equal((await account.names()).length, MAX_MAILBOXES, 'the whole list goes over the bus');
  });

  test('all names of an account together end at MAX_MAILBOX_NAMES_BYTES', async () => {
    const account = await world().account();
    const long = 'x'.repeat(1_000);
    await sql`insert into mailbox (account_id, mailbox_id, name, uid_validity)
      select ${account.id}, n, ${long} || n, n from generate_series(100, 100 + ${Math.floor(MAX_MAILBOX_NAMES_BYTES / 1_003) - 1}::int) n`.execute(
      world().ports.database.kysely,
    );
    await account.ask('create', { name: 'short/er' });
    assert.equal(await account.refused('create', { name: long }), 'limit');
    assert.equal(await account.refused('subscribe', { name: long, subscribed: true }), 'limit');
    assert.equal(await account.refused('rename', { from: 'short/er', to: long }), 'limit');
    await account.names();
  });

  test('delete takes the messages along; INBOX and what is not there are refused', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a' });
    await account.append('a', NO_FLAGS, { system: 9, keywords: ['k'] });
    await account.append('INBOX', NO_FLAGS);
    await account.ask('delete', { name: 'a' });
    assert.deepEqual(await account.names(), DEFAULTS);
    assert.equal((await account.ask('quota', {})).messagesUsed, 1);
    assert.equal(await account.refused('delete', { name: 'a' }), 'not-found');
    assert.equal(await account.refused('delete', { name: 'Inbox' }), 'inbox');
    assert.equal(await account.refused('delete', { name: 'a\0' }), 'not-found');
  });

  test('delete keeps the name while it has children', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b/c' });
    const gone = await account.idOf('a/b');
    await account.ask('delete', { name: 'a/b' });
    assert.deepEqual((await account.names()).slice(6), ['a', '(a/b)', 'a/b/c']);
    assert.equal(await account.refused('status', { name: 'a/b' }), 'not-found');
    assert.equal(await account.refused('delete', { name: 'a/b' }), 'has-children');
    assert.equal(await account.refused('select', { name: 'a/b', claimRecent: true }), 'not-found');
    const snapshot = { mailboxId: gone, afterUid: 0, limit: 10 };
    assert.equal(await account.refused('snapshot', snapshot), 'not-found');
    assert.equal(
      await account.refused('changes', { mailboxId: gone, sinceModSeq: 1, claimRecent: true }),
      'not-found',
    );
  });

  test('a name without children or subscription does not stay behind', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b/c' });
    await account.ask('delete', { name: 'a' });
    await account.ask('delete', { name: 'a/b' });
    assert.deepEqual((await account.names()).slice(6), ['(a)', '(a/b)', 'a/b/c']);
    await account.ask('delete', { name: 'a/b/c' });
    assert.deepEqual(await account.names(), DEFAULTS);

    await account.ask('create', { name: 'x/y' });
    await account.ask('delete', { name: 'x' });
    await account.ask('rename', { from: 'x/y', to: 'z' });
    assert.deepEqual((await account.names()).slice(6), ['z']);
  });

  test('a subscribed name stays on the list after its mailbox', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b' });
    await account.ask('subscribe', { name: 'a', subscribed: true });
    await account.ask('delete', { name: 'a' });
    await account.ask('delete', { name: 'a/b' });
    assert.deepEqual((await account.names()).slice(6), ['(a)']);
    assert.equal(await account.refused('delete', { name: 'a' }), 'not-found');
    await account.ask('subscribe', { name: 'a', subscribed: false });
    assert.deepEqual(await account.names(), DEFAULTS);
  });

  test('recreated: another id, a higher UIDVALIDITY, no old message', async () => {
    const account = await world().account();
    for (const children of [false, true]) {
      await account.ask('create', { name: children ? 'a/b' : 'a' });
      await account.append('a', NO_FLAGS);
      const before = await account.status('a');
      await account.ask('delete', { name: 'a' });
      await account.ask('create', { name: 'a' });
      const now = await account.status('a');
      assert.ok(now.uidValidity > before.uidValidity);
      assert.notEqual(now.mailboxId, before.mailboxId);
      assert.partialDeepStrictEqual(now, { messages: 0, uidNext: 1, exists: true });
      assert.deepEqual(await account.view('a'), {});
    }
  });

  test('rename moves the mailbox with all its children, and makes the parents', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b/c' });
    await account.ask('create', { name: 'ab' });
    await account.append('a/b', NO_FLAGS);
    const before = await account.status('a/b');
    const { mailboxId } = await account.ask('rename', { from: 'a', to: 'x/y' });
    assert.deepEqual((await account.names()).slice(6), ['ab', 'x', 'x/y', 'x/y/b', 'x/y/b/c']);
    assert.equal(await account.idOf('x/y'), mailboxId);
    const now = await account.status('x/y/b');
    assert.deepEqual({ ...now, name: '' }, { ...before, name: '' });
    assert.deepEqual(Object.keys(await account.view('x/y/b')), ['1']);
  });

  test('rename refuses what is taken, missing, bad, or within itself', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b' });
    await account.ask('create', { name: 'x/b' });
    await account.ask('subscribe', { name: 'dream', subscribed: true });
    const refusals: [string, string, string][] = [
      ['a', 'x', 'exists'],
      ['a', 'INBOX', 'exists'],
      ['a', 'a', 'exists'],
      ['nope', 'y', 'not-found'],
      ['dream', 'y', 'not-found'],
      ['a', 'a/z', 'bad-name'],
      ['a', 'y//z', 'bad-name'],
      ['a', '', 'bad-name'],
      ['a\0', 'y', 'not-found'],
    ];
    for (const [from, to, reason] of refusals)
      assert.equal(await account.refused('rename', { from, to }), reason, `${from} → ${to}`);
    await account.ask('delete', { name: 'x' });
    assert.equal(
      await account.refused('rename', { from: 'a', to: 'x' }),
      'exists',
      'x/b is in the way of a/b',
    );
  });

  test('rename refuses when a child would get too long or too deep a name', async () => {
    const account = await world().account();
    const levels = (count: number, name: string) => Array.from({ length: count }, () => name).join('/');
    await account.ask('create', { name: `d/${levels(MAX_MAILBOX_DEPTH - 1, 'd')}` });
    assert.equal(await account.refused('rename', { from: 'd', to: 'e/e' }), 'bad-name');
    await account.ask('create', { name: `l/${'x'.repeat(MAX_MAILBOX_NAME_BYTES - 2)}` });
    assert.equal(await account.refused('rename', { from: 'l', to: 'll' }), 'bad-name');
  });

  test('rename of names past the basic plane: children keep theirs', async () => {
    const account = await world().account();
    await account.ask('create', { name: '📁📁/a/📎' });
    await account.ask('rename', { from: '📁📁', to: 'x' });
    assert.deepEqual((await account.names()).slice(6), ['x', 'x/a', 'x/a/📎']);
    await account.ask('rename', { from: 'x/a', to: 'y/👩‍💻' });
    assert.deepEqual((await account.names()).slice(6), ['x', 'y', 'y/👩‍💻', 'y/👩‍💻/📎']);
  });

  test('rename of an INBOX of more messages than one request may name', async () => {
    const account = await world().account();
    const all = 20_001;
    await sql`insert into mailbox_message (account_id, mailbox_id, uid, email_id, mod_seq, flags, size, internal_at, saved_at)
      select ${account.id}, 1, n, gen_random_uuid(), 1, 1, 10, 0, 0 from generate_series(1, ${all}::int) n`.execute(
      world().ports.database.kysely,
    );
    await sql`update mailbox set messages = ${all}, bytes = ${10 * all}, uid_next = ${all + 1}
      where account_id = ${account.id} and mailbox_id = 1`.execute(world().ports.database.kysely);
    await sql`update account set messages_used = ${all}, bytes_used = ${10 * all} where account_id = ${account.id}`.execute(
      world().ports.database.kysely,
    );
    await account.ask('rename', { from: 'INBOX', to: 'old' });
    assert.partialDeepStrictEqual(await account.status('old'), {
      messages: all,
      uidNext: all + 1,
      unseen: 0,
    });
    assert.equal((await account.status('INBOX')).messages, 0);
  });

  test('rename onto a name that only a subscription keeps; the name stays subscribed', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'a/b' });
    await account.ask('subscribe', { name: 'x', subscribed: true });
    await account.ask('subscribe', { name: 'x/b', subscribed: true });
    await account.ask('rename', { from: 'a', to: 'x' });
    assert.deepEqual((await account.names()).slice(6), ['x', 'x/b']);
    assert.equal((await account.status('x')).subscribed, true);
    assert.equal((await account.status('x/b')).subscribed, true);
  });

  test('rename of INBOX moves its messages; INBOX stays, its children stay', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'INBOX/child' });
    await account.append('INBOX', NO_FLAGS, { system: 13, keywords: ['k'] });
    const before = await account.status('INBOX');
    await account.ask('rename', { from: 'inbox', to: 'old/mail' });
    const inbox = await account.status('INBOX');
    assert.partialDeepStrictEqual(inbox, {
      messages: 0,
      size: 0,
      mailboxId: before.mailboxId,
      uidNext: before.uidNext,
    });
    assert.deepEqual(await account.view('old/mail'), { 1: [0, []], 2: [13, ['k']] });
    assert.deepEqual(
      (await account.names()).filter((name) => name.includes('/')),
      ['INBOX/child', 'old/mail'],
    );
    assert.equal(await account.refused('rename', { from: 'INBOX', to: 'old/mail' }), 'exists');
    await account.ask('rename', { from: 'INBOX', to: 'INBOX/older' });
    const { expunged } = await account.ask('changes', {
      mailboxId: inbox.mailboxId,
      sinceModSeq: before.modSeq,
      claimRecent: false,
    });
    assert.equal(expunged, '1:2');
  });

  test('subscribe and unsubscribe, also what is not there', async () => {
    const account = await world().account();
    await account.ask('subscribe', { name: 'not/there', subscribed: true });
    await account.ask('subscribe', { name: 'not/there', subscribed: true });
    assert.deepEqual((await account.names()).slice(6), ['(not/there)']);
    await account.ask('subscribe', { name: 'nor this', subscribed: false });
    await account.ask('create', { name: 'not/there' });
    assert.equal((await account.status('not/there')).subscribed, true);
    await account.ask('subscribe', { name: 'not/there', subscribed: false });
    assert.deepEqual((await account.names()).slice(6), ['not', 'not/there']);
    await account.ask('subscribe', { name: 'inbox', subscribed: false });
    assert.equal((await account.status('INBOX')).subscribed, false);
    assert.equal(await account.refused('subscribe', { name: 'a//b', subscribed: true }), 'bad-name');
  });

  test('one account sees nothing of another', async () => {
    const [one, other] = [await world().account(), await world().account()];
    await one.ask('create', { name: 'mine' });
    await one.append('mine', NO_FLAGS);
    const mailboxId = await one.idOf('mine');
    assert.equal(await other.refused('status', { name: 'mine' }), 'not-found');
    assert.equal(await other.refused('snapshot', { mailboxId, afterUid: 0, limit: 10 }), 'not-found');
    assert.deepEqual(await other.names(), DEFAULTS);
    const facts = await other.ask('facts', { mailboxId, uids: '1:*' });
    assert.deepEqual(facts.facts, []);
  });
});
