import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAlias } from '../../../shared/account/create-alias.ts';
import { CAPABILITIES, type JmapClient, type Loose } from './jmap-client.ts';
import { openWorld, PASSWORD, type World } from './world.ts';

/** By a name that the compiler does not follow: its types are sources with enums. */
const JAM: string = 'jmap-jam';

const USING = [
  ...CAPABILITIES,
  'urn:ietf:params:jmap:submission',
  'urn:ietf:params:jmap:quota',
  'https://cartero.example/jmap/account',
];

describe('sending mail by JMAP', () => {
  let world: World;
  let alice: JmapClient;
  let aliceAddress: string;
  let bob: JmapClient;
  let bobAddress: string;
  let identityId: string;
  let drafts: string;
  let sent: string;

  before(async () => {
    world = await openWorld();
    aliceAddress = await world.account('alice');
    bobAddress = await world.account('bob');
    await createAlias(world.ports.database, { address: 'sales@example.test', targets: [aliceAddress] });
    [alice, bob] = [await world.jmap(aliceAddress), await world.jmap(bobAddress)];
    for (const client of [alice, bob]) client.using = USING;
    const mailboxes = (await alice.call('Mailbox/get')).list;
    drafts = mailboxes.find((mailbox: Loose) => mailbox.role === 'drafts').id;
    sent = mailboxes.find((mailbox: Loose) => mailbox.role === 'sent').id;
    identityId = (await alice.call('Identity/get')).list[0].id;
  });
  after(() => world.stop());

  const draft = (subject: string, more: Record<string, unknown> = {}) => ({
    mailboxIds: { [drafts]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name: 'Alice', email: aliceAddress }],
    to: [{ name: null, email: bobAddress }],
    subject,
    bodyValues: { t: { value: `the text of ${subject}` } },
    textBody: [{ partId: 't', type: 'text/plain' }],
    ...more,
  });

  async function make(subject: string, more: Record<string, unknown> = {}): Promise<string> {
    const result = await alice.call('Email/set', { create: { d: draft(subject, more) } });
    assert.ok(result.created?.d, JSON.stringify(result));
    return result.created.d.id;
  }

  async function submission(
    create: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): Promise<Loose> {
    return alice.call('EmailSubmission/set', { create: { s: { identityId, ...create } }, ...more });
  }

  async function arrives(client: JmapClient, subject: string): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const { ids } = await client.call('Email/query', { filter: { subject } });
      if (ids.length > 0) return ids[0];
      await sleep(25);
    }
    throw new Error(`${subject} did not arrive`);
  }

  test('one request makes a draft, sends it and files it (RFC 8621 §7.5.1)', async () => {
    const answers = await alice.request(
      [
        'Email/set',
        { create: { d: draft('greeting', { bcc: [{ name: null, email: aliceAddress }] }) } },
        '0',
      ],
      [
        'EmailSubmission/set',
        {
          create: { s: { identityId, emailId: '#d' } },
          onSuccessUpdateEmail: {
            '#s': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
          },
        },
        '1',
      ],
    );
    assert.deepEqual(
      answers.map(([name]) => name),
      ['Email/set', 'EmailSubmission/set', 'Email/set'],
      JSON.stringify(answers),
    );
    const made = answers[1]![1].created.s;
    assert.equal(made.undoStatus, 'final');
    const filed = answers[2]![1].updated;
    const own = Object.keys(filed)[0]!;
    const [email] = (
      await alice.call('Email/get', { ids: [own], properties: ['mailboxIds', 'keywords', 'bcc'] })
    ).list;
    assert.deepEqual([email.mailboxIds, email.keywords], [{ [sent]: true }, { $seen: true }]);
    assert.equal(email.bcc.length, 1);
    const arrived = await arrives(bob, 'greeting');
    const [got] = (
      await bob.call('Email/get', {
        ids: [arrived],
        fetchTextBodyValues: true,
        properties: ['from', 'bcc', 'bodyValues', 'header:Received:all', 'header:Return-Path'],
      })
    ).list;
    assert.deepEqual([got.from, got.bcc], [[{ name: 'Alice', email: aliceAddress }], null]);
    assert.equal(got.bodyValues['1'].value, 'the text of greeting');
    assert.equal(got['header:Received:all'].length, 1);
    assert.match(got['header:Return-Path'], new RegExp(`<${aliceAddress}>`));
    const [status] = (await alice.call('EmailSubmission/get', { ids: [made.id] })).list;
    assert.equal(status.deliveryStatus[bobAddress].delivered, 'yes');
    const query = await alice.call('EmailSubmission/query', {
      filter: { emailIds: [own], undoStatus: 'final' },
    });
    assert.deepEqual(query.ids, [made.id]);
  });

  test('what is held can be taken back, once it is gone it cannot', async () => {
    const emailId = await make('held', { cc: [{ name: null, email: 'far@elsewhere.test' }] });
    const state = (await alice.call('EmailSubmission/get', { ids: [] })).state;
    const envelope = {
      mailFrom: { email: aliceAddress, parameters: { HOLDFOR: '600' } },
      rcptTo: [{ email: bobAddress }, { email: 'far@elsewhere.test' }],
    };
    const { created } = await submission({ emailId, envelope });
    assert.equal(created.s.undoStatus, 'pending');
    assert.ok(Date.parse(created.s.sendAt) > Date.now() + 500_000);
    assert.deepEqual((await alice.call('EmailSubmission/changes', { sinceState: state })).created, [
      created.s.id,
    ]);
    const update = { [created.s.id]: { undoStatus: 'canceled' } };
    assert.deepEqual((await alice.call('EmailSubmission/set', { update })).updated, { [created.s.id]: null });
    const [canceled] = (await alice.call('EmailSubmission/get', { ids: [created.s.id] })).list;
    assert.equal(canceled.undoStatus, 'canceled');
    for (const table of ['spool_local', 'spool_remote'] as const)
      assert.equal((await world.ports.database.kysely.selectFrom(table).selectAll().execute()).length, 0);
    const now = await submission({ emailId: await make('at once') });
    const late = await alice.call('EmailSubmission/set', {
      update: { [now.created.s.id]: { undoStatus: 'canceled' } },
    });
    assert.equal(late.notUpdated[now.created.s.id].type, 'cannotUnsend');
    await arrives(bob, 'at once');
    assert.deepEqual((await bob.call('Email/query', { filter: { subject: 'held' } })).ids, []);
  });

  test('whose mail it is, and to whom, is looked at', async () => {
    const emailId = await make('checked');
    const envelope = (mailFrom: string, ...rcptTo: string[]) => ({
      mailFrom: { email: mailFrom },
      rcptTo: rcptTo.map((email) => ({ email })),
    });
    const cases: [Record<string, unknown>, string][] = [
      [{ emailId, envelope: envelope(bobAddress, bobAddress) }, 'forbiddenMailFrom'],
      [{ emailId, envelope: envelope(aliceAddress) }, 'noRecipients'],
      [
        { emailId, envelope: envelope(aliceAddress, 'nobody@example.test', 'not an address') },
        'invalidRecipients',
      ],
      [{ emailId: 'f'.repeat(32) }, 'invalidProperties'],
      [{ emailId, identityId: 'none' }, 'invalidProperties'],
      [{ emailId, sendAt: '2030-01-01T00:00:00Z' }, 'invalidProperties'],
      [{ emailId: await make('forged', { from: [{ name: null, email: bobAddress }] }) }, 'forbiddenFrom'],
      [
        {
          emailId,
          envelope: {
            ...envelope(aliceAddress, bobAddress),
            mailFrom: { email: aliceAddress, parameters: { HOLDFOR: '99999999' } },
          },
        },
        'invalidProperties',
      ],
    ];
    for (const [create, type] of cases) {
      const { notCreated } = await submission(create);
      assert.equal(notCreated?.s.type, type, JSON.stringify(create));
    }
    const foreign = await bob.call('EmailSubmission/set', { create: { s: { identityId, emailId } } });
    assert.equal(foreign.notCreated.s.type, 'invalidProperties');
  });

  test('identities: one’s own stays, others need an address of one’s own', async () => {
    const { state } = await alice.call('Identity/get');
    const result = await alice.call('Identity/set', {
      create: {
        a: { name: 'Sales', email: 'sales@example.test', textSignature: '-- sales' },
        b: { name: 'Bob', email: bobAddress },
      },
      update: { [identityId]: { name: 'Alice A.', htmlSignature: '<b>A</b>' } },
      destroy: [identityId],
    });
    assert.equal(result.notCreated.b.type, 'forbiddenFrom');
    assert.equal(result.notDestroyed[identityId].type, 'forbidden');
    const { list } = await alice.call('Identity/get');
    assert.deepEqual(
      list.map(({ name, email, mayDelete }: Loose) => [name, email, mayDelete]),
      [
        ['Alice A.', aliceAddress, false],
        ['Sales', 'sales@example.test', true],
      ],
    );
    const changes = await alice.call('Identity/changes', { sinceState: state });
    assert.deepEqual(changes.created.sort(), [result.created.a.id, identityId].sort());
    const { created } = await submission({
      identityId: result.created.a.id,
      emailId: await make('as sales', { from: [{ name: null, email: 'sales@example.test' }] }),
    });
    assert.equal(created.s.undoStatus, 'final');
    const got = await arrives(bob, 'as sales');
    assert.ok(got);
    assert.deepEqual((await bob.call('Identity/get')).list.length, 1);
  });

  test('who is away has others told so, once, and filters go on', async () => {
    alice.using = [...USING, 'urn:ietf:params:jmap:vacationresponse'];
    const [off] = (await alice.call('VacationResponse/get')).list;
    assert.deepEqual([off.id, off.isEnabled], ['singleton', false]);
    await world.ports.mailboxes.ask('putScript', {
      account: alice.accountId,
      name: 'filter',
      content: '# mine\r\nrequire ["fileinto"];\r\nfileinto "Archive";',
    });
    await world.ports.mailboxes.ask('activateScript', { account: alice.accountId, name: 'filter' });
    const update = {
      singleton: {
        isEnabled: true,
        fromDate: '2020-01-01T00:00:00Z',
        toDate: '2199-01-01T00:00:00Z',
        subject: 'away "now"',
        textBody: 'back on\nMonday',
        htmlBody: '<p>back on Monday</p>',
      },
    };
    assert.deepEqual((await alice.call('VacationResponse/set', { update })).updated, { singleton: null });
    const again = await bob.call('Identity/get');
    const made = await bob.call('Email/set', {
      create: {
        d: {
          mailboxIds: {
            [(await bob.call('Mailbox/get')).list.find((one: Loose) => one.role === 'drafts').id]: true,
          },
          from: [{ name: null, email: bobAddress }],
          to: [{ name: null, email: aliceAddress }],
          subject: 'are you there',
        },
      },
    });
    const sentIt = await bob.call('EmailSubmission/set', {
      create: { s: { identityId: again.list[0].id, emailId: made.created.d.id } },
    });
    assert.ok(sentIt.created, JSON.stringify(sentIt));
    const reply = await arrives(bob, 'away');
    const [got] = (
      await bob.call('Email/get', {
        ids: [reply],
        properties: ['subject', 'htmlBody', 'textBody', 'bodyValues'],
        fetchAllBodyValues: true,
      })
    ).list;
    assert.equal(got.subject, 'away "now"');
    assert.equal(got.bodyValues[got.textBody[0].partId].value.trim(), 'back on\nMonday');
    assert.equal(got.bodyValues[got.htmlBody[0].partId].value.trim(), '<p>back on Monday</p>');
    const filed = await arrives(alice, 'there');
    const [mail] = (await alice.call('Email/get', { ids: [filed], properties: ['mailboxIds'] })).list;
    const archive = (await alice.call('Mailbox/get')).list.find((one: Loose) => one.role === 'archive').id;
    assert.deepEqual(mail.mailboxIds, { [archive]: true });
    await alice.call('VacationResponse/set', { update: { singleton: { isEnabled: false } } });
  });

  test('snippets show where it was found', async () => {
    const emailId = await make('needle <in> hay', {
      bodyValues: { t: { value: `${'hay '.repeat(100)}a Needle & thread ${'hay '.repeat(100)}` } },
    });
    const { list, notFound } = await alice.call('SearchSnippet/get', {
      filter: { text: 'needle' },
      emailIds: [emailId, 'none'],
    });
    assert.equal(list[0].subject, '<mark>needle</mark> &lt;in&gt; hay');
    assert.match(list[0].preview, /hay a <mark>Needle<\/mark> &amp; thread hay/);
    assert.ok(list[0].preview.length < 255);
    assert.deepEqual(notFound, ['none']);
  });

  test('quotas, app passwords and log-ins of the account', async () => {
    assert.deepEqual((await alice.call('Quota/get')).list, []);
    await world.ports.database.kysely
      .updateTable('account')
      .set({ quota_bytes: 10_000_000 })
      .where('address', '=', aliceAddress)
      .execute();
    const { list } = await alice.call('Quota/get');
    assert.deepEqual(
      [list[0].resourceType, list[0].hardLimit, list[0].used > 0],
      ['octets', 10_000_000, true],
    );
    assert.deepEqual((await alice.call('Quota/query', { filter: { type: 'Email' } })).ids, ['bytes']);
    assert.equal(
      await alice.refused('AppPassword/set', { create: { a: { name: 'x', scopes: ['imap'] } } }),
      'forbidden',
    );
    const log = await fetch(`${world.origin}/auth/log-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world.origin, 'user-agent': 'test browser' },
      body: JSON.stringify({ username: aliceAddress, password: PASSWORD }),
    });
    const cookie = (log.headers.get('set-cookie') ?? '').split(';')[0]!;
    const web = async (name: string, args: Record<string, unknown>): Promise<Loose> => {
      const response = await fetch(`${world.origin}/jmap/api`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({
          using: USING,
          methodCalls: [[name, { accountId: alice.accountId, ...args }, '0']],
        }),
      });
      assert.equal(response.status, 200);
      return ((await response.json()) as Loose).methodResponses[0][1];
    };
    const made = await web('AppPassword/set', {
      create: { a: { name: 'telephone', scopes: ['http'], expiresAt: null } },
    });
    const { id, secret } = made.created.a;
    const asApp = (password: string) =>
      fetch(`${world.origin}/jmap/session`, {
        headers: { authorization: `Basic ${Buffer.from(`${aliceAddress}:${password}`).toString('base64')}` },
      });
    assert.equal((await asApp(secret)).status, 200);
    assert.deepEqual(
      (await web('AppPassword/get', {})).list.map((one: Loose) => [one.id, one.name, one.secret]),
      [[id, 'telephone', undefined]],
    );
    // A client from elsewhere, which knows Bearer alone.
    const { JamClient } = (await import(JAM)) as Loose;
    const jam = new JamClient({
      sessionUrl: `${world.origin}/.well-known/jmap`,
      bearerToken: made.created.a.bearer,
    });
    const accountId = await jam.getPrimaryAccount();
    const [{ list: mailboxes }] = await jam.api.Mailbox.get({ accountId });
    assert.equal(mailboxes.filter((mailbox: Loose) => mailbox.role === 'inbox').length, 1);
    const [{ emails }] = await jam.requestMany((request: Loose) => {
      const found = request.Email.query({ accountId, filter: { inMailbox: sent }, limit: 5 });
      const emails = request.Email.get({
        accountId,
        ids: found.$ref('/ids'),
        properties: ['subject', 'blobId'],
      });
      return { found, emails };
    });
    assert.equal(emails.list[0]?.subject, 'greeting');
    const uploaded = await jam.uploadBlob(accountId, new Blob(['from jam'], { type: 'text/plain' }));
    const downloaded = await jam.downloadBlob({
      accountId,
      blobId: uploaded.blobId,
      mimeType: 'text/plain',
      fileName: 'x',
    });
    assert.equal(await downloaded.text(), 'from jam');
    await web('AppPassword/set', { destroy: [id] });
    assert.equal((await asApp(secret)).status, 401);
    const imap = await world.imap(aliceAddress);
    const found = (await web('LogIn/get', {})).list;
    assert.deepEqual(found.map((one: Loose) => one.protocol).sort(), ['http', 'imap']);
    assert.equal(found.find((one: Loose) => one.protocol === 'http').userAgent, 'test browser');
    await web('LogIn/set', { destroy: [found.find((one: Loose) => one.protocol === 'imap').id] });
    assert.match(await imap.response(), /^\* BYE/);
    await imap.close();
    await web('LogIn/set', { destroy: [found.find((one: Loose) => one.current).id] });
    assert.equal((await fetch(`${world.origin}/auth/session`, { headers: { cookie } })).status, 401);
  });
});
