import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Flag } from '../../../shared/mailbox/types.ts';
import type { JmapClient, Loose } from './jmap-client.ts';
import { openWorld, type World } from './world.ts';

const PLAIN = [
  'From: "Jörg" <joerg@elsewhere.test>, Team: a@x.test, b@x.test;',
  'To: =?utf-8?q?J=C3=BCrgen?= <juergen@example.test>',
  'Subject: =?iso-8859-1?Q?Gr=FC=DFe?= from\r\n afar',
  'Date: Tue, 3 Feb 2026 04:05:06 +0100',
  'Message-ID: <one@elsewhere.test>',
  'List-Unsubscribe: <mailto:off@x.test>, <https://x.test/off>',
  'X-Twice: first',
  'X-Twice: second',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=FC=DFe aus der Ferne',
  '',
].join('\r\n');

const REPLY = [
  'From: reader@example.test',
  'To: joerg@elsewhere.test',
  'Subject: Re: =?iso-8859-1?Q?Gr=FC=DFe?= from afar',
  'Message-ID: <two@example.test>',
  'In-Reply-To: <one@elsewhere.test>',
  'References: <one@elsewhere.test>',
  '',
  '> quoted',
  'the answer is 42',
  '',
].join('\r\n');

const MIXED = [
  'From: sender@elsewhere.test',
  'Subject: with parts',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=mix',
  '',
  '--mix',
  'Content-Type: multipart/related; boundary=rel',
  '',
  '--rel',
  'Content-Type: multipart/alternative; boundary=alt',
  '',
  '--alt',
  'Content-Type: text/plain',
  '',
  'plain words',
  '--alt',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>html <b>words</b></p>',
  '--alt--',
  '--rel',
  'Content-Type: image/png; name="dot.png"',
  'Content-ID: <dot@x>',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: base64',
  '',
  'iVBORw0KGgo=',
  '--rel--',
  '--mix',
  'Content-Type: application/pdf',
  "Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf",
  'Content-Transfer-Encoding: base64',
  '',
  'JVBERi0xLjQ=',
  '--mix--',
  '',
].join('\r\n');

describe('reading mail by JMAP', () => {
  let world: World;
  let address: string;
  let client: JmapClient;
  const ids: Record<string, string> = {};
  const mailboxes: Record<string, string> = {};

  before(async () => {
    world = await openWorld();
    address = await world.account();
    client = await world.jmap(address);
    const at = (day: number): number => Date.UTC(2026, 1, day);
    ids.plain = await world.add(address, PLAIN, { internalDate: at(3) });
    ids.mixed = await world.add(address, MIXED, {
      internalDate: at(1),
      flags: { system: Flag.Seen | Flag.Flagged, keywords: ['$Label1'] },
    });
    ids.reply = await world.add(address, REPLY, {
      mailbox: 'Sent',
      internalDate: at(4),
      flags: { system: Flag.Seen, keywords: [] },
    });
    for (const { role, id } of (await client.call('Mailbox/get')).list) mailboxes[role] = id;
  });
  after(() => world.stop());

  const get = async (id: string, args: Record<string, unknown> = {}): Promise<Loose> =>
    (await client.call('Email/get', { ids: [id], ...args })).list[0];
  const query = async (args: Record<string, unknown>): Promise<string[]> =>
    (await client.call('Email/query', args)).ids;

  test('Mailbox/get: roles, counts, rights, order', async () => {
    const { list, state, notFound } = await client.call('Mailbox/get', { ids: null });
    assert.deepEqual(notFound, []);
    assert.match(state, /^\d+$/);
    const inbox = list.find((mailbox: Loose) => mailbox.role === 'inbox');
    assert.deepEqual(
      { ...inbox, id: 0 },
      {
        id: 0,
        name: 'Inbox',
        parentId: null,
        role: 'inbox',
        sortOrder: 1,
        totalEmails: 2,
        unreadEmails: 1,
        totalThreads: 2,
        unreadThreads: 1,
        isSubscribed: true,
        myRights: {
          mayReadItems: true,
          mayAddItems: true,
          mayRemoveItems: true,
          maySetSeen: true,
          maySetKeywords: true,
          mayCreateChild: true,
          mayRename: false,
          mayDelete: false,
          maySubmit: true,
        },
      },
    );
    const roles = list.map((mailbox: Loose) => mailbox.role).sort();
    assert.deepEqual(roles, ['archive', 'drafts', 'inbox', 'junk', 'sent', 'trash']);
    const sent = await client.call('Mailbox/get', {
      ids: [mailboxes.sent, 'none'],
      properties: ['unreadThreads'],
    });
    assert.deepEqual(sent.list, [{ id: mailboxes.sent, unreadThreads: 1 }]);
    assert.deepEqual(sent.notFound, ['none']);
    assert.equal(await client.refused('Mailbox/get', { properties: ['nothing'] }), 'invalidArguments');
    assert.equal(await client.refused('Mailbox/get', { accountId: '999' }), 'accountNotFound');
  });

  test('Email/get: metadata and header properties', async () => {
    const email = await get(ids.plain!, {
      properties: [
        'threadId',
        'mailboxIds',
        'keywords',
        'size',
        'receivedAt',
        'messageId',
        'inReplyTo',
        'references',
        'from',
        'to',
        'cc',
        'subject',
        'sentAt',
        'hasAttachment',
        'preview',
        'header:X-Twice:asText',
        'header:X-Twice:asText:all',
        'header:Subject',
        'header:From:asGroupedAddresses',
        'header:Date:asDate',
        'header:List-Unsubscribe:asURLs',
        'header:Message-ID:asMessageIds',
        'header:X-None:asText',
        'header:X-None:all',
      ],
    });
    assert.deepEqual(email, {
      id: ids.plain,
      threadId: ids.plain,
      mailboxIds: { [mailboxes.inbox!]: true },
      keywords: {},
      size: PLAIN.length,
      receivedAt: '2026-02-03T00:00:00Z',
      messageId: ['one@elsewhere.test'],
      inReplyTo: null,
      references: null,
      from: [
        { name: 'Jörg', email: 'joerg@elsewhere.test' },
        { name: null, email: 'a@x.test' },
        { name: null, email: 'b@x.test' },
      ],
      to: [{ name: 'Jürgen', email: 'juergen@example.test' }],
      cc: null,
      subject: 'Grüße from afar',
      sentAt: '2026-02-03T04:05:06+01:00',
      hasAttachment: false,
      preview: 'Grüße aus der Ferne',
      'header:X-Twice:asText': 'second',
      'header:X-Twice:asText:all': ['first', 'second'],
      'header:Subject': ' =?iso-8859-1?Q?Gr=FC=DFe?= from\r\n afar',
      'header:From:asGroupedAddresses': [
        { name: null, addresses: [{ name: 'Jörg', email: 'joerg@elsewhere.test' }] },
        {
          name: 'Team',
          addresses: [
            { name: null, email: 'a@x.test' },
            { name: null, email: 'b@x.test' },
          ],
        },
      ],
      'header:Date:asDate': '2026-02-03T04:05:06+01:00',
      'header:List-Unsubscribe:asURLs': ['mailto:off@x.test', 'https://x.test/off'],
      'header:Message-ID:asMessageIds': ['one@elsewhere.test'],
      'header:X-None:asText': null,
      'header:X-None:all': [],
    });
    assert.equal(
      await client.refused('Email/get', { ids: [], properties: ['header:From:asDate'] }),
      'invalidArguments',
    );
    assert.equal(await client.refused('Email/get', { ids: [], properties: ['nothing'] }), 'invalidArguments');
    assert.deepEqual((await client.call('Email/get', { ids: ['0'.repeat(32), 'x'] })).notFound, [
      '0'.repeat(32),
      'x',
    ]);
  });

  test('Email/get: body structure, views and values', async () => {
    const email = await get(ids.mixed!, {
      properties: [
        'bodyStructure',
        'textBody',
        'htmlBody',
        'attachments',
        'bodyValues',
        'hasAttachment',
        'keywords',
      ],
      bodyProperties: [
        'partId',
        'type',
        'name',
        'cid',
        'disposition',
        'size',
        'charset',
        'header:Content-Type',
      ],
      fetchAllBodyValues: true,
    });
    assert.deepEqual(email.keywords, { $seen: true, $flagged: true, $label1: true });
    assert.equal(email.hasAttachment, true);
    const types = (part: Loose): unknown =>
      part.subParts ? [part.type, part.subParts.map(types)] : `${part.partId} ${part.type}`;
    assert.deepEqual(types(email.bodyStructure), [
      'multipart/mixed',
      [
        [
          'multipart/related',
          [['multipart/alternative', ['1.1.1 text/plain', '1.1.2 text/html']], '1.2 image/png'],
        ],
        '2 application/pdf',
      ],
    ]);
    assert.deepEqual(
      email.textBody.map((part: Loose) => part.partId),
      ['1.1.1'],
    );
    assert.deepEqual(
      email.htmlBody.map((part: Loose) => part.partId),
      ['1.1.2'],
    );
    assert.deepEqual(
      email.attachments.map((part: Loose) => [part.partId, part.name, part.cid, part.disposition, part.size]),
      [
        ['1.2', 'dot.png', 'dot@x', 'inline', 8],
        ['2', 'résumé.pdf', null, 'attachment', 8],
      ],
    );
    assert.equal(email.attachments[1]['header:Content-Type'], ' application/pdf');
    assert.deepEqual(email.bodyValues, {
      '1.1.1': { value: 'plain words', isEncodingProblem: false, isTruncated: false },
      '1.1.2': { value: '<p>html <b>words</b></p>', isEncodingProblem: false, isTruncated: false },
    });
    const cut = await get(ids.mixed!, {
      properties: ['bodyValues'],
      fetchHTMLBodyValues: true,
      maxBodyValueBytes: 10,
    });
    assert.deepEqual(cut.bodyValues, {
      '1.1.2': { value: '<p>html ', isEncodingProblem: false, isTruncated: true },
    });
    const whole = await get(ids.plain!, { fetchTextBodyValues: true });
    assert.equal(whole.bodyValues['1'].value, 'Grüße aus der Ferne\n');
  });

  test('Thread/get: the answer is in the thread of what it answers', async () => {
    const { threadId } = await get(ids.reply!, { properties: ['threadId'] });
    const { list, notFound } = await client.call('Thread/get', { ids: [threadId, 'none'] });
    assert.deepEqual(list, [{ id: ids.plain, emailIds: [ids.plain, ids.reply] }]);
    assert.deepEqual(notFound, ['none']);
  });

  test('Email/query: filters', async () => {
    const cases: [Record<string, unknown>, string[]][] = [
      [{ inMailbox: mailboxes.inbox }, ['plain', 'mixed']],
      [{ inMailboxOtherThan: [mailboxes.inbox] }, ['reply']],
      [{ after: '2026-02-03T00:00:00Z' }, ['reply', 'plain']],
      [{ before: '2026-02-03T00:00:00Z' }, ['mixed']],
      [{ minSize: MIXED.length }, ['mixed']],
      [{ maxSize: MIXED.length }, ['reply', 'plain']],
      [{ hasKeyword: '$seen' }, ['reply', 'mixed']],
      [{ notKeyword: '$Seen' }, ['plain']],
      [{ hasKeyword: '$label1' }, ['mixed']],
      [{ inMailbox: mailboxes.inbox, hasKeyword: '$LABEL1' }, ['mixed']],
      [{ someInThreadHaveKeyword: '$seen' }, ['reply', 'plain', 'mixed']],
      [{ allInThreadHaveKeyword: '$seen' }, ['mixed']],
      [{ noneInThreadHaveKeyword: '$flagged' }, ['reply', 'plain']],
      [{ hasAttachment: true }, ['mixed']],
      [{ hasAttachment: false }, ['reply', 'plain']],
      [{ text: 'ferne' }, ['plain']],
      [{ text: 'GRÜßE ferne' }, ['plain']],
      [{ text: '"answer is"' }, ['reply']],
      [{ body: 'html' }, ['mixed']],
      [{ from: 'elsewhere' }, ['plain', 'mixed']],
      [{ from: 'jörg' }, ['plain']],
      [{ to: 'juergen@example.test' }, ['plain']],
      [{ subject: 'afar' }, ['reply', 'plain']],
      [{ header: ['X-Twice'] }, ['plain']],
      [{ header: ['x-twice', 'second'] }, ['plain']],
      [{ header: ['x-twice', 'third'] }, []],
      [{ operator: 'OR', conditions: [{ text: 'ferne' }, { hasAttachment: true }] }, ['plain', 'mixed']],
      [{ operator: 'NOT', conditions: [{ text: 'ferne' }, { hasAttachment: true }] }, ['reply']],
      [{ operator: 'AND', conditions: [{ inMailbox: mailboxes.inbox }, { from: 'sender' }] }, ['mixed']],
      [{ inMailbox: '4711' }, []],
      [{}, ['reply', 'plain', 'mixed']],
    ];
    for (const [filter, expected] of cases)
      assert.deepEqual(
        await query({ filter }),
        expected.map((name) => ids[name]),
        JSON.stringify(filter),
      );
    assert.equal(await client.refused('Email/query', { filter: { nothing: 1 } }), 'unsupportedFilter');
    assert.equal(
      await client.refused('Email/query', { filter: { before: 'yesterday' } }),
      'invalidArguments',
    );
    let deep: unknown = { text: 'x' };
    for (let depth = 0; depth < 40; depth += 1) deep = { operator: 'NOT', conditions: [deep] };
    assert.equal(await client.refused('Email/query', { filter: deep }), 'unsupportedFilter');
  });

  test('Email/query: sort, collapseThreads, pages', async () => {
    const named = async (args: Record<string, unknown>): Promise<(string | undefined)[]> => {
      const found = await query(args);
      return found.map((id) => Object.keys(ids).find((name) => ids[name] === id));
    };
    const by = (property: string, isAscending = true, more = {}) => ({
      sort: [{ property, isAscending, ...more }],
    });
    assert.deepEqual(await named(by('receivedAt')), ['mixed', 'plain', 'reply']);
    assert.deepEqual(await named(by('size', false)), ['mixed', 'plain', 'reply']);
    assert.deepEqual(await named(by('from')), ['plain', 'reply', 'mixed']);
    assert.deepEqual(await named(by('subject', false)), ['mixed', 'reply', 'plain']);
    assert.deepEqual(await named(by('hasKeyword', false, { keyword: '$flagged' })), [
      'mixed',
      'reply',
      'plain',
    ]);
    assert.deepEqual(await named(by('allInThreadHaveKeyword', true, { keyword: '$seen' })), [
      'reply',
      'plain',
      'mixed',
    ]);
    assert.equal(await client.refused('Email/query', by('color')), 'unsupportedSort');
    assert.deepEqual(await named({ collapseThreads: true }), ['reply', 'mixed']);
    const page = await client.call('Email/query', { position: 1, limit: 1, calculateTotal: true });
    assert.deepEqual([page.position, page.total, page.ids], [1, 3, [ids.plain]]);
    assert.deepEqual(await named({ position: -1 }), ['mixed']);
    assert.deepEqual(await named({ anchor: ids.mixed, anchorOffset: -1 }), ['plain', 'mixed']);
    assert.equal(await client.refused('Email/query', { anchor: 'f'.repeat(32) }), 'anchorNotFound');
    assert.deepEqual((await client.call('Email/query', { position: 10 })).ids, []);
  });

  test('one request opens a mailbox by back-references (RFC 8621 §4.10)', async () => {
    const answers = await client.request(
      ['Email/query', { filter: { inMailbox: mailboxes.inbox }, collapseThreads: true, limit: 10 }, '0'],
      [
        'Email/get',
        { '#ids': { resultOf: '0', name: 'Email/query', path: '/ids' }, properties: ['threadId'] },
        '1',
      ],
      ['Thread/get', { '#ids': { resultOf: '1', name: 'Email/get', path: '/list/*/threadId' } }, '2'],
      [
        'Email/get',
        { '#ids': { resultOf: '2', name: 'Thread/get', path: '/list/*/emailIds' }, properties: ['subject'] },
        '3',
      ],
    );
    assert.deepEqual(
      answers.at(-1)![1].list.map((email: Loose) => email.subject),
      ['Grüße from afar', 'Re: Grüße from afar', 'with parts'],
    );
  });

  test('downloads: whole, a part, a range; of others nothing', async () => {
    const part = (await get(ids.mixed!, { properties: ['attachments'] })).attachments[1];
    const path = (blobId: string, more = '') =>
      `/jmap/download/${client.accountId}/${blobId}/r%C3%A9sum%C3%A9.pdf?type=application/pdf${more}`;
    const response = await client.get(path(part.blobId));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '%PDF-1.4');
    assert.equal(response.headers.get('content-type'), 'application/pdf');
    assert.equal(
      response.headers.get('content-disposition'),
      "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf",
    );
    assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/);
    const range = await client.get(path(part.blobId), { range: 'bytes=1-3' });
    assert.deepEqual(
      [range.status, range.headers.get('content-range'), await range.text()],
      [206, 'bytes 1-3/8', 'PDF'],
    );
    assert.equal((await client.get(path(part.blobId), { range: 'bytes=8-' })).status, 416);
    const whole = await client.get(path(ids.mixed!), { range: 'bytes=-9' });
    assert.equal(await whole.text(), MIXED.slice(-9));
    assert.match(
      (await client.get(path(part.blobId, '&inline=1'))).headers.get('content-disposition') ?? '',
      /^inline/,
    );
    const other = await world.jmap(await world.account());
    for (const blobId of [ids.mixed!, part.blobId, 'nothing', '..%2f..%2fetc%2fpasswd'])
      assert.equal((await other.get(`/jmap/download/${other.accountId}/${blobId}/x`)).status, 404);
    assert.equal((await other.get(path(ids.mixed!))).status, 404);
    assert.deepEqual((await other.call('Email/get', { ids: [ids.mixed] })).list, []);
  });

  test('uploads are the account’s own', async () => {
    const bytes = new TextEncoder().encode('some bytes');
    const response = await client.post(`/jmap/upload/${client.accountId}/`, bytes, 'text/x-test');
    assert.equal(response.status, 201);
    const { blobId, size, type } = (await response.json()) as { blobId: string; size: number; type: string };
    assert.deepEqual([size, type], [10, 'text/x-test']);
    const down = await client.get(`/jmap/download/${client.accountId}/${blobId}/x`);
    assert.deepEqual([down.headers.get('content-type'), await down.text()], ['text/x-test', 'some bytes']);
    const other = await world.jmap(await world.account());
    assert.equal((await other.get(`/jmap/download/${other.accountId}/${blobId}/x`)).status, 404);
    assert.equal((await other.post(`/jmap/upload/${client.accountId}/`, bytes, 'text/plain')).status, 404);
  });
});
