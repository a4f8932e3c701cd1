import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import { Flag, MAX_KEYWORDS } from '../../../shared/mailbox/types.ts';
import { type AccountWorld, applyColumns, NO_FLAGS, onBothDatabases, requestId, viewOf } from './world.ts';

const SEEN = { system: Flag.Seen, keywords: [] };
const DELETED = { system: Flag.Deleted, keywords: [] };
const words = (...keywords: string[]) => ({ system: 0, keywords });

/** `count` messages at once, past the limits of APPEND. */
async function fill(account: AccountWorld, count: number, keywords: readonly string[] = []): Promise<string> {
  const mailboxId = await account.idOf('INBOX');
  const uids = Array.from({ length: count }, (_, index) => index + 1);
  const { kysely } = account.ports.database;
  await sql`insert into mailbox_message (account_id, mailbox_id, uid, email_id, mod_seq, keywords, size, internal_at, saved_at)
    select ${account.id}, ${mailboxId}, u, ${makeEmailId()}, 1, nullif(${[...keywords]}::text[], '{}'), 10, 0, 0
    from unnest(${uids}::bigint[]) u`.execute(kysely);
  await sql`update mailbox set uid_next = ${count + 1}, messages = ${count}, unseen = ${count}, bytes = ${count * 10}
    where account_id = ${account.id} and mailbox_id = ${mailboxId}`.execute(kysely);
  await sql`update account set messages_used = ${count}, bytes_used = ${count * 10} where account_id = ${account.id}`.execute(
    kysely,
  );
  return mailboxId;
}

onBothDatabases('messages', (world) => {
  test('append: UIDs in order, flags as given, facts as given', async () => {
    const account = await world().account();
    const messages = [0, 1, 2].map((index) => ({
      emailId: makeEmailId(),
      size: 1_000 + index,
      internalDate: 1_600_000_000_000 + index,
      flags: { system: index * 8, keywords: index === 1 ? ['b', 'A'] : [] },
    }));
    const before = Date.now();
    const reply = await account.ask('append', { requestId: requestId(), name: 'Sent', messages });
    const { mailboxId, uidValidity, modSeq, uidNext } = await account.status('Sent');
    assert.deepEqual(reply, { mailboxId, uidValidity, uids: [1, 2, 3], modSeq });
    assert.equal(uidNext, 4);
    assert.deepEqual(await account.view('Sent'), { 1: [0, []], 2: [8, ['A', 'b']], 3: [16, []] });
    const { facts, more } = await account.ask('facts', { mailboxId, uids: '2:*' });
    assert.equal(more, false);
    assert.deepEqual(
      facts.map(({ saveDate, ...fact }) => {
        assert.ok(saveDate >= before && saveDate <= Date.now());
        return fact;
      }),
      messages.slice(1).map(({ flags, ...message }, index) => ({ uid: index + 2, ...message })),
    );
    assert.deepEqual((await account.ask('facts', { mailboxId, uids: '9,1:1' })).facts.length, 1);
  });

  test('append again with the same request id appends nothing', async () => {
    const account = await world().account();
    const message = { emailId: makeEmailId(), size: 1, internalDate: 0, flags: NO_FLAGS };
    const request = { requestId: requestId(), name: 'INBOX', messages: [message] };
    const [first, again] = await Promise.all([
      account.ask('append', request),
      account.ask('append', request),
    ]);
    assert.deepEqual(again, first);
    await account.ask('expunge', { mailboxId: first.mailboxId, always: true });
    assert.deepEqual(await account.ask('append', request), first);
    assert.deepEqual(await account.view('INBOX'), {});
  });

  test('append refuses: no mailbox, quota, limits; all or none', async () => {
    const account = await world().account({ quotaBytes: 1_000, quotaMessages: 3 });
    const message = (size: number, keywords: string[] = []) => ({
      emailId: makeEmailId(),
      size,
      internalDate: 0,
      flags: { system: 0, keywords },
    });
    const append = (name: string, ...messages: ReturnType<typeof message>[]) => ({
      requestId: requestId(),
      name,
      messages,
    });
    assert.equal(await account.refused('append', append('nope', message(1))), 'not-found');
    assert.equal(await account.refused('append', append('a\0', message(1))), 'not-found');
    assert.equal(await account.refused('append', append('INBOX', message(999), message(2))), 'over-quota');
    assert.equal(
      await account.refused('append', append('INBOX', ...[1, 1, 1, 1].map((size) => message(size)))),
      'over-quota',
    );
    const many = Array.from({ length: MAX_KEYWORDS + 1 }, (_, index) => `k${index}`);
    assert.equal(await account.refused('append', append('INBOX', message(1, many))), 'limit');
    const flood = Array.from({ length: 1_001 }, () => message(0));
    assert.equal(await account.refused('append', append('INBOX', ...flood)), 'limit');
    const exact = append('INBOX', message(400), message(600, many.slice(1)));
    await account.ask('append', exact);
    assert.deepEqual(await account.ask('quota', {}), {
      bytesUsed: 1_000,
      bytesLimit: 1_000,
      messagesUsed: 2,
      messagesLimit: 3,
    });
    const inbox = await account.idOf('INBOX');
    const copy = { requestId: requestId(), from: inbox, uids: '1', to: 'Sent', move: false };
    assert.equal(await account.refused('copy', copy), 'over-quota');
    await account.ask('copy', { ...copy, move: true });
    await account.ask('append', exact);
  });

  test('append keeps one of the keywords that differ in case alone', async () => {
    const account = await world().account();
    await account.append('INBOX', words('Foo', 'bar', 'FOO'));
    assert.deepEqual(await account.view('INBOX'), { 1: [0, ['Foo', 'bar']] });
  });

  test('select: \\Recent is claimed by one session', async () => {
    const account = await world().account();
    await account.append('INBOX', words('x', 'a'), words('a'));
    const examine = await account.ask('select', { name: 'INBOX', claimRecent: false });
    assert.equal(examine.recentFrom, 1);
    assert.equal(examine.mailbox.recent, 2);
    const claims = await Promise.all(
      [1, 2, 3].map(() => account.ask('select', { name: 'inbox', claimRecent: true })),
    );
    assert.deepEqual(claims.map(({ recentFrom }) => recentFrom).sort(), [1, 3, 3]);
    await account.append('INBOX', NO_FLAGS);
    const { mailboxId, modSeq, recent } = await account.status('INBOX');
    assert.equal(recent, 1);
    const request = { mailboxId, sinceModSeq: modSeq, claimRecent: true };
    assert.equal((await account.ask('changes', request)).recentFrom, 3);
    assert.equal((await account.ask('changes', request)).recentFrom, 4);
    assert.equal((await account.status('INBOX')).recent, 0);
    assert.equal(await account.refused('select', { name: 'nope', claimRecent: true }), 'not-found');
  });

  test('snapshot in pages', async () => {
    const account = await world().account();
    await account.append('INBOX', ...Array.from({ length: 7 }, () => NO_FLAGS));
    const { mailboxId, modSeq } = await account.status('INBOX');
    await account.ask('expunge', { mailboxId, uids: '3', always: true });
    for (const limit of [1, 2, 3, 6, 7, 20_000, 1e9])
      assert.deepEqual(Object.keys(await viewOf(account, mailboxId, limit)), ['1', '2', '4', '5', '6', '7']);
    const page = await account.ask('snapshot', { mailboxId, afterUid: 2, limit: 2 });
    assert.deepEqual(page.columns.uids, [4, 5]);
    assert.equal(page.more, true);
    assert.equal(page.uidNext, 8);
    assert.ok(page.modSeq > modSeq);
    assert.equal(await account.refused('snapshot', { mailboxId: '999', afterUid: 0, limit: 1 }), 'not-found');
  });

  test('changes: what came, changed and went; asking again does no harm', async () => {
    const account = await world().account();
    await account.append('INBOX', NO_FLAGS, NO_FLAGS, NO_FLAGS, NO_FLAGS);
    const { mailboxId, modSeq } = await account.status('INBOX');
    const since = (sinceModSeq: number) =>
      account.ask('changes', { mailboxId, sinceModSeq, claimRecent: false });
    const nothing = await since(modSeq);
    assert.partialDeepStrictEqual(nothing, { expunged: '', more: false, uidNext: 5 });
    assert.deepEqual(nothing.columns.uids, []);
    await account.ask('store', { mailboxId, uids: '2', mode: 'add', flags: SEEN });
    await account.ask('store', { mailboxId, uids: '2:3', mode: 'add', flags: words('k') });
    await account.ask('expunge', { mailboxId, uids: '1', always: true });
    await account.append('INBOX', DELETED);
    await account.append('Sent', NO_FLAGS);
    const reply = await since(modSeq);
    assert.deepEqual(reply, await since(modSeq));
    const view = {};
    applyColumns(view, reply.columns);
    assert.deepEqual(view, { 2: [1, ['k']], 3: [0, ['k']], 5: [8, []] });
    assert.equal(reply.expunged, '1');
    assert.deepEqual((await since(reply.modSeq)).columns.uids, []);
    await account.ask('expunge', { mailboxId });
    await account.ask('expunge', { mailboxId, uids: '3', always: true });
    const later = await since(modSeq);
    assert.deepEqual(later.columns.uids, [2]);
    assert.equal(later.expunged, '1,3,5');
    assert.equal(
      await account.refused('changes', { mailboxId: '999', sinceModSeq: 1, claimRecent: false }),
      'not-found',
    );
  });

  test('changes in pages of whole MODSEQs', async () => {
    const account = await world().account();
    const mailboxId = await fill(account, 12_000);
    const { modSeq } = await account.status('INBOX');
    for (const [uids, flags] of [
      ['1:9000', SEEN],
      ['1:12000', words('k')],
      ['5000:12000', DELETED],
    ] as const)
      await account.ask('store', { mailboxId, uids, mode: 'add', flags });
    await account.ask('copy', {
      requestId: requestId(),
      from: mailboxId,
      uids: '1:2000',
      to: 'INBOX',
      move: true,
    });
    const view: Record<number, [number, string[]]> = {};
    let pages = 0;
    for (let sinceModSeq = modSeq, more = true; more; pages++) {
      const reply = await account.ask('changes', { mailboxId, sinceModSeq, claimRecent: false });
      assert.ok(reply.columns.uids.length <= 20_000);
      assert.ok(!reply.more || reply.modSeq > sinceModSeq);
      applyColumns(view, reply.columns);
      sinceModSeq = reply.modSeq;
      more = reply.more;
    }
    assert.ok(pages > 1);
    assert.deepEqual(view, await viewOf(account, mailboxId));
  });

  test('a mailbox of many messages with keywords is read in pages that the bus carries', async () => {
    const account = await world().account();
    const mailboxId = await fill(account, 20_000, ['$Forwarded', '$label-of-some-length', 'NonJunk']);
    assert.equal(Object.keys(await viewOf(account, mailboxId)).length, 20_000);
  });

  test('changes of many messages with keywords come in pages that the bus carries', async () => {
    const account = await world().account();
    const mailboxId = await fill(account, 16_000, ['$Forwarded', '$label-of-some-length', 'NonJunk']);
    const { modSeq } = await account.status('INBOX');
    for (const uids of ['1:4000', '4001:8000', '8001:12000', '12001:16000'])
      await account.ask('store', { mailboxId, uids, mode: 'add', flags: SEEN });
    const seen = new Set<number>();
    for (let sinceModSeq = modSeq, more = true; more; ) {
      const reply = await account.ask('changes', { mailboxId, sinceModSeq, claimRecent: false });
      assert.ok(reply.modSeq > sinceModSeq);
      for (const uid of reply.columns.uids) seen.add(uid);
      sinceModSeq = reply.modSeq;
      more = reply.more;
    }
    assert.equal(seen.size, 16_000);
  });

  test('facts in pages', async () => {
    const account = await world().account();
    const mailboxId = await fill(account, 6_000);
    const first = await account.ask('facts', { mailboxId, uids: '1:*' });
    assert.equal(first.more, true);
    const last = first.facts.at(-1)?.uid ?? 0;
    const rest = await account.ask('facts', { mailboxId, uids: `${last + 1}:*` });
    assert.deepEqual([first.facts.length + rest.facts.length, rest.more], [6_000, false]);
    assert.equal(await account.refused('facts', { mailboxId, uids: 'x' }), 'not-found');
  });

  test('store: add, remove, replace', async () => {
    const account = await world().account();
    await account.append('INBOX', { system: 5, keywords: ['old'] }, NO_FLAGS, DELETED);
    const mailboxId = await account.idOf('INBOX');
    const store = async (
      mode: 'add' | 'remove' | 'replace',
      uids: string,
      system: number,
      ...keywords: string[]
    ) => {
      const reply = await account.ask('store', { mailboxId, uids, mode, flags: { system, keywords } });
      const view = {};
      applyColumns(view, reply.columns);
      return view;
    };
    assert.deepEqual(await store('add', '1:2', 10, 'new'), { 1: [15, ['new', 'old']], 2: [10, ['new']] });
    assert.deepEqual(await store('remove', '1:*', 11, 'old', 'never'), {
      1: [4, ['new']],
      2: [0, ['new']],
      3: [0, []],
    });
    assert.deepEqual(await store('replace', '1,3', 24, 'b', 'a'), {
      1: [24, ['a', 'b']],
      3: [24, ['a', 'b']],
    });
    assert.deepEqual(await store('replace', '1', 0), { 1: [0, []] });
    assert.deepEqual(await store('add', '7:9', 1), {});
    assert.deepEqual(await account.view('INBOX'), { 1: [0, []], 2: [0, ['new']], 3: [24, ['a', 'b']] });
    assert.equal(
      await account.refused('store', { mailboxId: '999', uids: '1', mode: 'add', flags: SEEN }),
      'not-found',
    );
  });

  test('store: what is already so keeps its MODSEQ', async () => {
    const account = await world().account();
    await account.append('INBOX', { system: 1, keywords: ['Work', 'x'] }, NO_FLAGS);
    const { mailboxId, modSeq } = await account.status('INBOX');
    const asked: ['add' | 'remove' | 'replace', number, string[]][] = [
      ['add', 1, []],
      ['add', 0, ['Work']],
      ['add', 0, ['WORK', 'work']],
      ['add', 0, []],
      ['remove', 8, ['play']],
      ['replace', 1, ['Work', 'x']],
      ['replace', 1, ['x', 'Work']],
      ['replace', 1, ['X', 'work']],
    ];
    for (const [mode, system, keywords] of asked) {
      const reply = await account.ask('store', { mailboxId, uids: '1', mode, flags: { system, keywords } });
      assert.equal(reply.modSeq, modSeq, `${mode} ${system} ${keywords}`);
      assert.deepEqual(reply.columns, {
        uids: [1],
        flags: [1],
        modSeqs: [modSeq],
        keywords: [[0, ['Work', 'x']]],
      });
    }
    const { journal } = (await account.state()) as { journal: unknown[] };
    assert.equal(journal.length, 1);
    const reply = await account.ask('store', { mailboxId, uids: '1:2', mode: 'add', flags: SEEN });
    assert.deepEqual(reply.columns.modSeqs, [modSeq, reply.modSeq]);
    await account.ask('store', { mailboxId, uids: '1', mode: 'remove', flags: words('WORK', 'X') });
    assert.deepEqual((await account.view('INBOX'))[1], [1, []]);
  });

  test('store: unchangedSince leaves alone and names what changed later', async () => {
    const account = await world().account();
    await account.append('INBOX', NO_FLAGS, NO_FLAGS, NO_FLAGS);
    const { mailboxId, modSeq } = await account.status('INBOX');
    await account.ask('store', { mailboxId, uids: '2', mode: 'add', flags: SEEN });
    const request = { mailboxId, uids: '1:3', mode: 'add', flags: DELETED } as const;
    const reply = await account.ask('store', { ...request, unchangedSince: modSeq });
    assert.equal(reply.modified, '2');
    assert.deepEqual(reply.columns.uids, [1, 3]);
    assert.deepEqual(await account.view('INBOX'), { 1: [8, []], 2: [1, []], 3: [8, []] });
    const none = await account.ask('store', { ...request, unchangedSince: 0 });
    assert.equal(none.modified, '1:3');
    assert.equal((await account.ask('store', { ...request, unchangedSince: reply.modSeq })).modified, '');
  });

  test('store refuses too many keywords and too many messages, and changes nothing', async () => {
    const account = await world().account();
    const mailboxId = await fill(account, 20_001);
    const many = Array.from({ length: MAX_KEYWORDS }, (_, index) => `k${index}`);
    await account.ask('store', { mailboxId, uids: '1', mode: 'add', flags: words(...many) });
    const more = { mailboxId, uids: '1:3', mode: 'add', flags: words('one') } as const;
    assert.equal(await account.refused('store', more), 'limit');
    assert.equal(await account.refused('store', { ...more, uids: '1:*', flags: SEEN }), 'limit');
    const all = { requestId: requestId(), from: mailboxId, uids: '1:*', to: 'Sent', move: true };
    assert.equal(await account.refused('copy', all), 'limit');
    await account.ask('store', { ...more, uids: '2:20001', flags: SEEN });
    assert.equal((await account.status('INBOX')).unseen, 1);
  });

  test('copy and move keep flags, keywords and dates, in ascending order', async () => {
    const account = await world().account();
    await account.append('INBOX', { system: 9, keywords: ['k'] }, NO_FLAGS, SEEN, SEEN);
    const from = await account.idOf('INBOX');
    await account.append('Sent', NO_FLAGS);
    const copied = await account.ask('copy', {
      requestId: requestId(),
      from,
      uids: '3,1,77',
      to: 'Sent',
      move: false,
    });
    const sent = await account.status('Sent');
    assert.deepEqual(
      [copied.sourceUids, copied.targetUids],
      [
        [1, 3],
        [2, 3],
      ],
    );
    assert.partialDeepStrictEqual(copied, {
      mailboxId: sent.mailboxId,
      uidValidity: sent.uidValidity,
      modSeq: sent.modSeq,
    });
    assert.deepEqual(await account.view('Sent'), { 1: [0, []], 2: [9, ['k']], 3: [1, []] });
    const [source, target] = await Promise.all([
      account.ask('facts', { mailboxId: from, uids: '1' }),
      account.ask('facts', { mailboxId: sent.mailboxId, uids: '2' }),
    ]);
    const { uid: _, saveDate: __, ...same } = source.facts[0]!;
    assert.partialDeepStrictEqual(target.facts[0], same);

    const { modSeq } = await account.status('INBOX');
    const moved = await account.ask('copy', {
      requestId: requestId(),
      from,
      uids: '2:3',
      to: 'Trash',
      move: true,
    });
    assert.deepEqual(
      [moved.sourceUids, moved.targetUids],
      [
        [2, 3],
        [1, 2],
      ],
    );
    assert.deepEqual(Object.keys(await account.view('INBOX')), ['1', '4']);
    const { expunged } = await account.ask('changes', {
      mailboxId: from,
      sinceModSeq: modSeq,
      claimRecent: false,
    });
    assert.equal(expunged, '2:3');
  });

  test('copy and move within one mailbox; a repeated request is answered', async () => {
    const account = await world().account();
    await account.append('INBOX', NO_FLAGS, SEEN);
    const from = await account.idOf('INBOX');
    const copy = { requestId: requestId(), from, uids: '1:*', to: 'inbox', move: false };
    const first = await account.ask('copy', copy);
    assert.deepEqual(first.targetUids, [3, 4]);
    assert.deepEqual(await account.ask('copy', copy), first);
    const move = { ...copy, requestId: requestId(), uids: '2:3', move: true };
    const moved = await account.ask('copy', move);
    assert.deepEqual(
      [moved.sourceUids, moved.targetUids],
      [
        [2, 3],
        [5, 6],
      ],
    );
    assert.deepEqual(await account.ask('copy', move), moved);
    assert.deepEqual(await account.view('INBOX'), { 1: [0, []], 4: [1, []], 5: [1, []], 6: [0, []] });
    const none = await account.ask('copy', { ...copy, requestId: requestId(), uids: '99' });
    assert.deepEqual([none.sourceUids, none.targetUids], [[], []]);
  });

  test('copy refuses what is not there', async () => {
    const account = await world().account();
    await account.append('INBOX', NO_FLAGS);
    const from = await account.idOf('INBOX');
    const copy = { from, uids: '1', to: 'Sent', move: false };
    for (const wrong of [{ to: 'nope' }, { from: '999' }, { uids: 'x' }, { to: 'a\0' }])
      assert.equal(
        await account.refused('copy', { requestId: requestId(), ...copy, ...wrong }),
        'not-found',
        JSON.stringify(wrong),
      );
  });

  test('expunge: what has \\Deleted, of the uids when given, all of them when always', async () => {
    const account = await world().account();
    await account.append('INBOX', NO_FLAGS, DELETED, DELETED, { system: 9, keywords: ['k'] }, NO_FLAGS);
    const { mailboxId, modSeq } = await account.status('INBOX');
    const expunge = (uids?: string, always?: boolean) => account.ask('expunge', { mailboxId, uids, always });
    assert.deepEqual(await expunge('1,5'), { expunged: '', modSeq });
    const some = await expunge('1:3');
    assert.equal(some.expunged, '2:3');
    assert.ok(some.modSeq > modSeq);
    assert.equal((await expunge()).expunged, '4');
    assert.equal((await expunge()).expunged, '');
    assert.equal((await expunge('5', true)).expunged, '5');
    assert.equal((await expunge('5', true)).expunged, '');
    assert.deepEqual(await account.append('INBOX', NO_FLAGS), [6], 'no UID is used again');
    assert.equal((await expunge(undefined, true)).expunged, '1,6');
    assert.equal(await account.refused('expunge', { mailboxId: '999' }), 'not-found');
  });

  test('the maildrop lock is held by one session', async () => {
    const [account, other] = [await world().account(), await world().account()];
    const { mailboxId } = await account.ask('lockMaildrop', { session: 'one' });
    assert.equal(mailboxId, await account.idOf('INBOX'));
    await account.ask('lockMaildrop', { session: 'one' });
    assert.equal(await account.refused('lockMaildrop', { session: 'two' }), 'in-use');
    await other.ask('lockMaildrop', { session: 'two' });
    await account.ask('unlockMaildrop', { session: 'two' });
    assert.equal(await account.refused('lockMaildrop', { session: 'two' }), 'in-use');
    await account.ask('unlockMaildrop', { session: 'one' });
    await account.ask('lockMaildrop', { session: 'two' });
  });

  test('nobody has this account', async () => {
    const nobody = Object.assign(Object.create(await world().account()), { id: '987654321' }) as AccountWorld;
    const asked = [
      nobody.raw('quota', {}),
      nobody.raw('lockMaildrop', { session: 'one' }),
      nobody.raw('status', { name: 'INBOX' }),
    ];
    const reasons = (await Promise.all(asked)).map((reply) => 'refused' in reply && reply.refused);
    assert.deepEqual(reasons, ['no-account', 'no-account', 'not-found']);
    assert.deepEqual(await nobody.raw('list', {}), { mailboxes: [], modSeq: 0 });
  });

  test('mail comes into INBOX, unseen, and watchers hear of it', async () => {
    const [account, other] = [await world().account(), await world().account()];
    const heard: number[] = [];
    const end = await account.ports.mailboxes.watch(account.id, (modSeq) => heard.push(modSeq));
    const emailId = await account.send('hello', [other]);
    await account.untilMessages('INBOX', 1);
    await other.untilMessages('INBOX', 1);
    end();
    const { mailboxId, unseen, recent, modSeq } = await account.status('INBOX');
    assert.deepEqual([unseen, recent, heard.at(-1)], [1, 1, modSeq]);
    const { facts } = await account.ask('facts', { mailboxId, uids: '1' });
    assert.equal(facts[0]?.emailId, emailId);
    const bytes = await account.ports.storage.readAll(emailId, 0, 1_000);
    assert.equal(bytes.toString(), 'Subject: hello\r\n\r\nhello\r\n');
  });
});
