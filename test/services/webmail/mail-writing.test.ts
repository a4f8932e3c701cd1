import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import type { ImapClient } from '../imap-gateway/imap-client.ts';
import type { JmapClient, Loose } from './jmap-client.ts';
import { openWorld, PASSWORD, type World } from './world.ts';

const MESSAGE = 'From: a@x.test\r\nSubject: hello\r\nMessage-ID: <hello@x.test>\r\n\r\nbody\r\n';

describe('writing mail by JMAP', () => {
  let world: World;
  let address: string;
  let client: JmapClient;
  let imap: ImapClient;
  let mailboxes: Record<string, string>;

  before(async () => {
    world = await openWorld();
  });
  after(() => world.stop());

  /** Each test has an account of its own. */
  async function fresh(): Promise<void> {
    address = await world.account();
    client = await world.jmap(address);
    mailboxes = {};
    for (const { role, id } of (await client.call('Mailbox/get')).list) mailboxes[role] = id;
  }

  const set = (args: Record<string, unknown>): Promise<Loose> => client.call('Email/set', args);
  const get = async (id: string, ...properties: string[]): Promise<Loose> =>
    (
      await client.call('Email/get', {
        ids: [id],
        properties: properties.length ? properties : ['mailboxIds', 'keywords'],
      })
    ).list[0];
  const state = async (): Promise<string> => (await client.call('Email/get', { ids: [] })).state;
  const changes = async (sinceState: string): Promise<Loose> => client.call('Email/changes', { sinceState });

  test('keywords and mailboxes: patched, replaced, seen by IMAP; states tell of it', async () => {
    await fresh();
    const id = await world.add(address, MESSAGE);
    const before = await state();
    const first = await set({ update: { [id]: { 'keywords/$seen': true, 'keywords/$Label1': true } } });
    assert.deepEqual(first.updated, { [id]: null });
    assert.equal(first.oldState, before);
    assert.equal(first.newState, await state());
    assert.deepEqual((await changes(before)).updated, [id]);
    imap = await world.imap(address);
    await imap.ok('SELECT INBOX');
    assert.match((await imap.ok('FETCH 1 FLAGS')).join(), /\\Seen.*\$label1/i);
    await set({ update: { [id]: { keywords: { $flagged: true } } } });
    assert.deepEqual((await get(id)).keywords, { $flagged: true });
    await set({ update: { [id]: { [`mailboxIds/${mailboxes.archive}`]: true } } });
    assert.deepEqual((await get(id)).mailboxIds, { [mailboxes.inbox!]: true, [mailboxes.archive!]: true });
    assert.deepEqual((await get(id)).keywords, { $flagged: true });
    await set({ update: { [id]: { mailboxIds: { [mailboxes.trash!]: true }, 'keywords/$seen': true } } });
    assert.deepEqual(await get(id), {
      id,
      mailboxIds: { [mailboxes.trash!]: true },
      keywords: { $flagged: true, $seen: true },
    });
    assert.deepEqual(await changes(before), {
      accountId: client.accountId,
      oldState: before,
      newState: await state(),
      hasMoreChanges: false,
      created: [],
      updated: [id],
      destroyed: [],
    });
    assert.deepEqual((await set({ destroy: [id] })).destroyed, [id]);
    assert.deepEqual((await changes(before)).destroyed, [id]);
    assert.deepEqual((await client.call('Thread/changes', { sinceState: before })).destroyed, [id]);
    assert.match((await imap.ok('STATUS Trash (MESSAGES)')).join(), /MESSAGES 0/);
    await imap.close();
  });

  test('what is wrong with one object leaves the others as they should be', async () => {
    await fresh();
    const id = await world.add(address, MESSAGE);
    const result = await set({
      update: {
        [id]: { 'keywords/$seen': true },
        ['f'.repeat(32)]: { 'keywords/$seen': true },
        nothing: {},
      },
      destroy: ['e'.repeat(32)],
      create: { c: { mailboxIds: { [mailboxes.drafts!]: true }, nonsense: 1 }, d: { mailboxIds: {} } },
    });
    assert.deepEqual(result.updated, { [id]: null });
    assert.equal(result.notUpdated['f'.repeat(32)].type, 'notFound');
    assert.equal(result.notUpdated.nothing.type, 'notFound');
    assert.equal(result.notDestroyed['e'.repeat(32)].type, 'notFound');
    assert.deepEqual(result.notCreated.c, { type: 'invalidProperties', properties: ['nonsense'] });
    assert.equal(result.notCreated.d.type, 'invalidProperties');
    for (const patch of [
      { subject: 'x' },
      { mailboxIds: {} },
      { mailboxIds: { 99: true } },
      { 'keywords/a b': true },
    ]) {
      const { notUpdated } = await set({ update: { [id]: patch } });
      assert.equal(notUpdated[id].type, 'invalidProperties', JSON.stringify(patch));
    }
    assert.equal(
      (await set({ update: { [id]: { 'keywords/x/y': true } } })).notUpdated[id].type,
      'invalidPatch',
    );
    assert.equal(await client.refused('Email/set', { ifInState: '1', destroy: [id] }), 'stateMismatch');
    assert.ok(await get(id));
  });

  test('a draft with text, HTML, an inline picture and a file is made, and reads as it was given', async () => {
    await fresh();
    const upload = async (text: string, type: string): Promise<string> => {
      const response = await client.post(
        `/jmap/upload/${client.accountId}/`,
        new TextEncoder().encode(text),
        type,
      );
      return ((await response.json()) as { blobId: string }).blobId;
    };
    const picture = await upload('not really a png', 'image/png');
    const file = await upload('x'.repeat(200_000), 'application/octet-stream');
    const result = await set({
      create: {
        draft: {
          mailboxIds: { [mailboxes.drafts!]: true },
          keywords: { $draft: true, $seen: true },
          from: [{ name: 'Jörg "J" Müller', email: address }],
          to: [
            { name: null, email: 'b@x.test' },
            { name: 'C, D', email: 'c@x.test' },
          ],
          subject: 'Grüße\r\nBcc: evil@x.test',
          inReplyTo: ['hello@x.test'],
          'header:X-Note:asText': 'ein Gruß',
          bodyValues: { t: { value: 'Grüße\nund mehr' }, h: { value: '<p>Grüße <img src="cid:pic@x"></p>' } },
          textBody: [{ partId: 't', type: 'text/plain' }],
          htmlBody: [{ partId: 'h', type: 'text/html' }],
          attachments: [
            { blobId: picture, type: 'image/png', cid: 'pic@x', disposition: 'inline', name: 'pic.png' },
            { blobId: file, type: 'application/x-test', name: 'Übersicht.bin' },
          ],
        },
      },
    });
    const { id, blobId, threadId, size } = result.created.draft;
    assert.equal(blobId, id);
    const email = (
      await client.call('Email/get', {
        ids: [id],
        fetchAllBodyValues: true,
        properties: [
          'from',
          'to',
          'bcc',
          'subject',
          'inReplyTo',
          'keywords',
          'header:X-Note:asText',
          'textBody',
          'htmlBody',
          'attachments',
          'bodyValues',
          'size',
          'threadId',
          'hasAttachment',
          'messageId',
          'sentAt',
        ],
      })
    ).list[0];
    assert.deepEqual(email.from, [{ name: 'Jörg "J" Müller', email: address }]);
    assert.deepEqual(email.to, [
      { name: null, email: 'b@x.test' },
      { name: 'C, D', email: 'c@x.test' },
    ]);
    assert.equal(email.subject, 'Grüße Bcc: evil@x.test');
    assert.equal(email.bcc, null);
    assert.equal(email['header:X-Note:asText'], 'ein Gruß');
    assert.deepEqual([email.size, email.threadId, email.hasAttachment], [size, threadId, true]);
    assert.ok(email.messageId && email.sentAt);
    const [text] = email.textBody;
    const [html] = email.htmlBody;
    assert.equal(email.bodyValues[text.partId].value, 'Grüße\nund mehr');
    assert.equal(email.bodyValues[html.partId].value, '<p>Grüße <img src="cid:pic@x"></p>');
    assert.deepEqual(
      email.attachments.map((part: Loose) => [part.type, part.name, part.cid, part.size]),
      [
        ['image/png', 'pic.png', 'pic@x', 16],
        ['application/x-test', 'Übersicht.bin', null, 200_000],
      ],
    );
    const down = await client.get(`/jmap/download/${client.accountId}/${email.attachments[1].blobId}/x`);
    assert.equal(await down.text(), 'x'.repeat(200_000));
    const missing = await set({
      create: { c: { mailboxIds: { [mailboxes.drafts!]: true }, attachments: [{ blobId: 'f'.repeat(32) }] } },
    });
    assert.deepEqual(missing.notCreated.c, { type: 'blobNotFound', notFound: ['f'.repeat(32)] });
  });

  test('Email/import takes an upload over; Email/parse looks into one', async () => {
    await fresh();
    const nested = `From: out@x.test\r\nContent-Type: message/rfc822\r\n\r\n${MESSAGE}`;
    const response = await client.post(
      `/jmap/upload/${client.accountId}/`,
      new TextEncoder().encode(nested),
      'message/rfc822',
    );
    const { blobId } = (await response.json()) as { blobId: string };
    const parsed = (await client.call('Email/parse', {
      blobIds: [blobId, 'none'],
      properties: ['from', 'attachments'],
    })) as Loose;
    assert.equal(parsed.parsed[blobId].from[0].email, 'out@x.test');
    assert.deepEqual(parsed.notFound, ['none']);
    const inner = parsed.parsed[blobId].attachments[0].blobId;
    const again = await client.call('Email/parse', {
      blobIds: [inner],
      properties: ['subject', 'preview', 'id'],
    });
    assert.deepEqual(again.parsed[inner], { subject: 'hello', preview: 'body', id: null });
    const emails = {
      i: {
        blobId,
        mailboxIds: { [mailboxes.archive!]: true },
        keywords: { $seen: true },
        receivedAt: '2020-01-02T03:04:05Z',
      },
    };
    const { created } = await client.call('Email/import', { emails });
    assert.deepEqual(await get(created.i.id, 'receivedAt', 'mailboxIds', 'keywords'), {
      id: created.i.id,
      receivedAt: '2020-01-02T03:04:05Z',
      mailboxIds: { [mailboxes.archive!]: true },
      keywords: { $seen: true },
    });
    const twice = await client.call('Email/import', { emails });
    assert.equal(twice.notCreated.i.type, 'alreadyExists');
    const part = await client.call('Email/import', {
      emails: { p: { blobId: inner, mailboxIds: { [mailboxes.inbox!]: true } } },
    });
    assert.equal((await get(part.created.p.id, 'subject')).subject, 'hello');
  });

  test('mailboxes are made, renamed, moved, given a role and destroyed; IMAP sees the same', async () => {
    await fresh();
    const before = (await client.call('Mailbox/get')).state;
    const made = await client.call('Mailbox/set', {
      create: {
        b: { name: 'Below', parentId: '#a' },
        a: { name: 'Above', sortOrder: 3, isSubscribed: true },
      },
    });
    const [above, below] = [made.created.a.id, made.created.b.id];
    imap = await world.imap(address);
    assert.match((await imap.ok('LIST "" "*"')).join('\n'), /Above\/Below/);
    const box = async (id: string): Promise<Loose> =>
      (await client.call('Mailbox/get', { ids: [id] })).list[0];
    assert.deepEqual(
      [(await box(below)).parentId, (await box(above)).sortOrder, (await box(above)).isSubscribed],
      [above, 3, true],
    );
    const told = await client.call('Mailbox/changes', { sinceState: before });
    assert.deepEqual([told.created.sort(), told.updated, told.destroyed], [[above, below].sort(), [], []]);
    const moved = await client.call('Mailbox/set', {
      update: { [below]: { name: 'Moved', parentId: null, role: 'flagged' } },
    });
    assert.deepEqual(moved.updated, { [below]: null });
    assert.deepEqual(
      [(await box(below)).name, (await box(below)).role, (await box(below)).parentId],
      ['Moved', 'flagged', null],
    );
    assert.match((await imap.ok('LIST "" "Moved"')).join('\n'), /\\Flagged/);
    await imap.ok('CREATE Above/Three');
    const id = await world.add(address, MESSAGE, { mailbox: 'Moved' });
    const refused = await client.call('Mailbox/set', {
      destroy: [above, below, mailboxes.inbox],
      update: { [mailboxes.inbox!]: { name: 'Other' }, [above]: { name: 'Moved' } },
      create: {
        x: { name: 'Second', role: 'trash' },
        y: { name: 'a/b' },
        z: { name: 'Z', parentId: '4711' },
      },
    });
    assert.deepEqual(
      [
        refused.notDestroyed[above].type,
        refused.notDestroyed[below].type,
        refused.notDestroyed[mailboxes.inbox!].type,
      ],
      ['mailboxHasChild', 'mailboxHasEmail', 'forbidden'],
    );
    assert.deepEqual(refused.notUpdated[mailboxes.inbox!].type, 'invalidProperties');
    assert.deepEqual(refused.notUpdated[above].type, 'invalidProperties');
    for (const creation of ['x', 'y', 'z'])
      assert.equal(refused.notCreated[creation].type, 'invalidProperties');
    const gone = await state();
    assert.deepEqual(
      (await client.call('Mailbox/set', { destroy: [below], onDestroyRemoveEmails: true })).destroyed,
      [below],
    );
    assert.deepEqual((await changes(gone)).destroyed, [id]);
    assert.deepEqual((await client.call('Mailbox/changes', { sinceState: gone })).destroyed, [below]);
    const query = await client.call('Mailbox/query', { filter: { hasAnyRole: false }, sortAsTree: true });
    assert.equal(query.ids.length, 2);
    await imap.close();
  });

  test('what IMAP does shows in changes, whatever it is', async () => {
    await fresh();
    const ids = [
      await world.add(address, MESSAGE),
      await world.add(address, MESSAGE.replace('hello@', 'other@')),
    ] as const;
    imap = await world.imap(address);
    await imap.ok('SELECT INBOX');
    let since = await state();
    const expectChanges = async (
      created: string[],
      updated: string[],
      destroyed: string[],
    ): Promise<void> => {
      const result = await changes(since);
      assert.deepEqual(
        [result.created, result.updated.sort(), result.destroyed],
        [created, updated.sort(), destroyed],
      );
      since = result.newState;
      assert.equal(since, await state());
    };
    await imap.ok('STORE 1:2 +FLAGS (\\Seen)');
    await expectChanges([], [...ids], []);
    await imap.ok('COPY 1 Archive');
    await expectChanges([], [ids[0]], []);
    await imap.ok('MOVE 2 Trash');
    await expectChanges([], [ids[1]], []);
    await imap.ok('STORE 1 +FLAGS (\\Deleted)');
    await expectChanges([], [ids[0]], []);
    assert.deepEqual((await get(ids[0])).mailboxIds, { [mailboxes.archive!]: true });
    await imap.ok('EXPUNGE');
    await expectChanges([], [ids[0]], []);
    const fresh3 = await world.add(address, MESSAGE.replace('hello@', 'third@'));
    await expectChanges([fresh3], [], []);
    await imap.ok('DELETE Archive');
    await expectChanges([], [], [ids[0]]);
    await imap.ok('SELECT Trash');
    await imap.ok('STORE 1 +FLAGS (\\Deleted)');
    await expectChanges([], [], [ids[1]]);
    await imap.close();
    assert.equal(await client.refused('Email/changes', { sinceState: '999999' }), 'cannotCalculateChanges');
    assert.equal(await client.refused('Email/changes', { sinceState: 'nonsense' }), 'cannotCalculateChanges');
  });

  test('a message that is twice in one mailbox is one email', async () => {
    await fresh();
    const id = await world.add(address, MESSAGE);
    const other = await world.add(address, MESSAGE.replace('hello@', 'older@'), { internalDate: 1_000 });
    imap = await world.imap(address);
    await imap.ok('SELECT INBOX');
    await imap.ok('COPY 1 INBOX');
    await imap.close();
    const filter = { inMailbox: mailboxes.inbox };
    for (const more of [{ limit: 2 }, { limit: 1 }, {}, { calculateTotal: true }]) {
      const { ids } = await client.call('Email/query', { filter, ...more });
      assert.deepEqual(ids, 'limit' in more && more.limit === 1 ? [id] : [id, other]);
    }
    assert.deepEqual((await set({ destroy: [id] })).destroyed, [id]);
    assert.deepEqual((await client.call('Email/query', { filter })).ids, [other]);
  });

  test('changes come in pages, also within what was one command', async () => {
    await fresh();
    const start = await state();
    const ids: string[] = [];
    for (let at = 0; at < 7; at += 1)
      ids.push(await world.add(address, MESSAGE.replace('hello@', `n${at}@`)));
    imap = await world.imap(address);
    await imap.ok('SELECT INBOX');
    const marked = await state();
    await imap.ok('STORE 1:7 +FLAGS (\\Seen)');
    await imap.close();
    for (const [since, kind] of [
      [start, 'created'],
      [marked, 'updated'],
    ] as const) {
      const seen = new Set<string>();
      let at = since;
      for (let pages = 0; ; pages += 1) {
        const page = await client.call('Email/changes', { sinceState: at, maxChanges: 3 });
        assert.ok(page.created.length + page.updated.length + page.destroyed.length <= 3);
        for (const id of [...page.created, ...page.updated]) seen.add(id);
        at = page.newState;
        if (!page.hasMoreChanges) break;
        assert.ok(pages < 10);
      }
      assert.deepEqual([...seen].sort(), [...ids].sort(), kind);
      assert.equal(at, await state());
    }
  });

  test('queryChanges keeps a list right, whatever happens', async () => {
    await fresh();
    const args = {
      filter: { inMailbox: mailboxes.inbox },
      sort: [{ property: 'receivedAt', isAscending: false }],
      collapseThreads: true,
    };
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1)
      ids.push(
        await world.add(address, MESSAGE.replace('hello@', `n${at}@`), { internalDate: at * 1_000_000 }),
      );
    let { ids: list, queryState } = await client.call('Email/query', args);
    const steps = [
      () => world.add(address, MESSAGE.replace('hello@', 'new@'), { internalDate: 2_500_000 }),
      () => set({ update: { [ids[1]!]: { mailboxIds: { [mailboxes.trash!]: true } } } }),
      () => set({ destroy: [ids[4]] }),
      () =>
        world.add(address, 'From: b@x.test\r\nSubject: Re: hello\r\nReferences: <n0@x.test>\r\n\r\nanswer', {
          internalDate: 9_000_000,
        }),
      () => set({ update: { [ids[1]!]: { mailboxIds: { [mailboxes.inbox!]: true } } } }),
    ];
    for (const step of steps) {
      await step();
      const told = await client.call('Email/queryChanges', {
        ...args,
        sinceQueryState: queryState,
        calculateTotal: true,
      });
      const gone = new Set(told.removed);
      list = list.filter((id: string) => !gone.has(id));
      for (const { id, index } of told.added) list.splice(index, 0, id);
      queryState = told.newQueryState;
      const anew = await client.call('Email/query', args);
      assert.deepEqual(list, anew.ids);
      assert.equal(told.total, list.length);
    }
  });

  test('push: EventSource and WebSocket hear of what IMAP does', async () => {
    await fresh();
    await world.add(address, MESSAGE);
    const abort = new AbortController();
    const events = await fetch(`${world.origin}/jmap/events?types=Email,EmailDelivery&closeafter=no&ping=0`, {
      headers: client.headers,
      signal: abort.signal,
    });
    assert.equal(events.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const next = async (): Promise<Loose> => {
      for (;;) {
        const match = /event: state\nid: (\d+)\ndata: (.*)\n\n/.exec(heard);
        if (match !== null) {
          heard = heard.slice(match.index + match[0].length);
          return { id: match[1], ...JSON.parse(match[2]!) };
        }
        const { value, done } = await reader.read();
        assert.ok(!done);
        heard += value;
      }
    };
    const socket = new WebSocket(`${world.origin.replace('http', 'ws')}/jmap/ws`, 'jmap', {
      headers: client.headers,
    });
    const messages: Loose[] = [];
    let wake = (): void => {};
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      wake();
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const message = async (): Promise<Loose> => {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return messages.shift();
    };
    socket.send(
      JSON.stringify({
        '@type': 'Request',
        id: 'R1',
        using: ['urn:ietf:params:jmap:core'],
        methodCalls: [['Core/echo', { a: 1 }, 'c1']],
      }),
    );
    const answer = await message();
    assert.deepEqual(
      [answer['@type'], answer.requestId, answer.methodResponses],
      ['Response', 'R1', [['Core/echo', { a: 1 }, 'c1']]],
    );
    socket.send('nonsense');
    const error = await message();
    assert.deepEqual([error['@type'], error.type], ['RequestError', 'urn:ietf:params:jmap:error:notJSON']);
    socket.send(JSON.stringify({ '@type': 'WebSocketPushEnable', dataTypes: null }));
    socket.send(
      JSON.stringify({ '@type': 'Request', id: 'R2', using: ['urn:ietf:params:jmap:core'], methodCalls: [] }),
    );
    await message();
    imap = await world.imap(address);
    await imap.ok('SELECT INBOX');
    await imap.ok('STORE 1 +FLAGS (\\Flagged)');
    const now = await state();
    const flagged = await next();
    assert.deepEqual(flagged.changed, { [client.accountId]: { Email: now } });
    const pushed = await message();
    assert.deepEqual(pushed, {
      '@type': 'StateChange',
      changed: { [client.accountId]: { Mailbox: now, Email: now, Thread: now } },
      pushState: now,
    });
    await world.add(address, MESSAGE.replace('hello@', 'second@'));
    const delivered = await next();
    assert.ok(delivered.changed[client.accountId].EmailDelivery);
    await imap.ok('CREATE Fresh');
    await imap.close();
    abort.abort();
    // What was missed is told to who comes back.
    const back = await fetch(`${world.origin}/jmap/events?types=Mailbox&closeafter=state&ping=0`, {
      headers: { ...client.headers, 'last-event-id': delivered.id },
    });
    assert.match(await back.text(), /event: state\nid: \d+\ndata: .*"Mailbox"/);
    socket.close();
    const refusedSocket = new WebSocket(`${world.origin.replace('http', 'ws')}/jmap/ws`, 'jmap');
    const [response] = await new Promise<Loose[]>((resolve) =>
      refusedSocket
        .once('unexpected-response', (_request, got) => resolve([got]))
        .on('error', () => undefined),
    );
    assert.equal(response.statusCode, 401);
    response.destroy();
  });

  test('a cookie opens no WebSocket for another site', async () => {
    await fresh();
    const log = await fetch(`${world.origin}/auth/log-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world.origin },
      body: JSON.stringify({ username: address, password: PASSWORD }),
    });
    const cookie = (log.headers.get('set-cookie') ?? '').split(';')[0]!;
    const open = (origin: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${world.origin.replace('http', 'ws')}/jmap/ws`, 'jmap', {
          headers: { cookie, origin },
        });
        socket.once('open', () => {
          socket.close();
          resolve(101);
        });
        socket.once('unexpected-response', (_request, response) => {
          resolve(response.statusCode ?? 0);
          response.destroy();
        });
        socket.on('error', () => undefined);
      });
    assert.equal(await open(world.origin), 101);
    assert.equal(await open('https://evil.example'), 403);
  });
});
