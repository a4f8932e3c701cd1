import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { fold } from '../../../shared/search/fold.ts';
import { openWorld, type World } from './world.ts';

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

/** Messages, and what a reader sees of each: of its header, of its body. */
const MAIL: readonly { readonly bytes: Buffer; readonly header: string; readonly body: string }[] = [
  {
    bytes: Buffer.from(
      `From: =?iso-8859-2?q?Ji=F8=ED?= <jiri@example.cz>\r\nSubject: =?utf-8?b?${base64('Příliš žluťoučký')}?=\r\n =?utf-8?b?${base64(' kůň')}?=\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n${Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]).toString('latin1')}\r\n`,
      'latin1',
    ),
    header: 'Jiří <jiri@example.cz> Příliš žluťoučký kůň',
    body: 'Привет',
  },
  {
    bytes: Buffer.from(
      [
        'From: "Smith, Ann" <ann@example.org>, ben@example.org',
        'To: friends: cy@example.net, dan@example.net;',
        'Subject: multipart',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/html; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '<style>p {color: hidden}</style><p>Gr=C3=BC=C3=9Fe aus <b>M=C3=BCn</b>chen &amp; um=',
        'gebung</p>',
        '--b',
        "Content-Disposition: attachment; filename*0*=utf-8''%C3%9Cber; filename*1*=sicht%20neu.pdf",
        'Content-Type: application/pdf',
        'Content-Transfer-Encoding: base64',
        '',
        base64('not searched: binary'),
        '--b',
        'Content-Type: message/rfc822',
        '',
        'Subject: =?utf-8?q?inner_caf=C3=A9?=',
        'Content-Type: text/plain; name="notes.txt"; charset=shift_jis',
        'Content-Transfer-Encoding: base64',
        '',
        base64(Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea])),
        '--b--',
        '',
      ].join('\r\n'),
    ),
    header: '"Smith, Ann" Smith, Ann <ann@example.org> dan@example.net multipart',
    body: 'Grüße aus München & umgebung Übersicht neu.pdf inner café notes.txt 日本語',
  },
  { bytes: Buffer.from('Subject:\r\n\r\n'), header: 'subject:', body: '' },
  { bytes: Buffer.from('no header at all'), header: '', body: 'no header at all' },
  {
    bytes: Buffer.from(`Subject: long\r\n\r\n${'filler line of text\r\n'.repeat(60_000)}at the very end\r\n`),
    header: 'long',
    body: 'at the very end',
  },
];

const NEEDLES = [
  'jiří',
  'JIRI',
  'žluťoučký kůň',
  'zlutoucky',
  'привет',
  'ПРИВ',
  'Smith, Ann',
  'ann@',
  'dan',
  'MÜNCHEN',
  'munchen',
  'grüße aus',
  'grüsse',
  'hidden',
  '& um',
  'umgebung',
  'übersicht neu',
  '.pdf',
  'binary',
  'inner CAFÉ',
  'notes',
  '日本',
  '本',
  'e',
  'qq',
  'at the very',
  'very end',
  'no header',
  'subject:',
];

describe('imap-gateway: search', () => {
  let world: World;
  let address = '';
  let account = '';
  before(async () => {
    world = await openWorld();
    address = await world.account(...MAIL.map((mail) => mail.bytes));
    account = await world.accountId(address);
  });
  after(() => world?.stop());

  const literal = (text: string): string =>
    `{${Buffer.byteLength(text)}+}\r\n${Buffer.from(text).toString('latin1')}`;

  async function index(): Promise<void> {
    for (;;) {
      const reply = await world.ports.mailboxes.ask('index', { account, mailboxId: '1' });
      if (!('more' in reply) || !reply.more) return;
    }
  }

  /** Takes the index of some messages away, as if it had not got there. */
  async function unindex(uidFrom: number): Promise<void> {
    const { kysely } = world.ports.database;
    await sql`delete from account_message a using mailbox_message m where a.account_id = ${account}
      and m.account_id = a.account_id and m.email_id = a.email_id and m.uid >= ${uidFrom}`.execute(kysely);
    await sql`delete from message_text t using mailbox_message m where m.account_id = ${account}
      and m.email_id = t.email_id and m.uid >= ${uidFrom}`.execute(kysely);
    await sql`update search_cursor set uid = ${uidFrom - 1} where account_id = ${account}`.execute(kysely);
  }

  test('the same is found whatever of it is in the index', async () => {
    const client = await world.logIn(address);
    await client.ok('EXAMINE INBOX');
    for (const from of [100, 1, 3]) {
      await index();
      await unindex(from);
      for (const needle of NEEDLES)
        for (const [key, of] of [
          ['TEXT', ({ header, body }) => `${header}\n${body}`],
          ['BODY', ({ body }) => body],
        ] as const satisfies readonly (readonly [string, (mail: (typeof MAIL)[number]) => string])[]) {
          // Reading the long one takes its time.
          const among = needle.includes('very') ? MAIL : MAIL.slice(0, 4);
          const has = among.flatMap((mail, at) => (fold(of(mail)).includes(fold(needle)) ? [at + 1] : []));
          // Field names, and the filler of the long one, are text too; needles that are in these are not told apart here.
          const [line] = await client.ok(`SEARCH CHARSET UTF-8 1:${among.length} ${key} ${literal(needle)}`);
          const found = line!.split(' ').slice(2).map(Number);
          const free = needle === 'e' || needle === 'subject:';
          const missing = has.filter((number) => !found.includes(number));
          assert.deepEqual(missing, [], `${key} ${needle}, index without ${from}:*`);
          if (!free) assert.deepEqual(found, has, `${key} ${needle}, index without ${from}:*`);
        }
    }
    await client.close();
  });

  test('keys of rows and of the index, in any combination, in the index and not', async () => {
    const client = await world.logIn(address);
    await client.ok('SELECT INBOX');
    await client.ok('STORE 2 +FLAGS (\\Flagged)');
    const { rows } = await sql<{
      email_id: string;
      thread_id: string;
    }>`select email_id, thread_id from account_message
      join mailbox_message using (account_id, email_id) where account_id = ${account} and uid = 1`.execute(
      world.ports.database.kysely,
    );
    await index();
    const table: readonly (readonly [string, string])[] = [
      ['FLAGGED SUBJECT multi', '2'],
      ['OR SUBJECT multi BODY header', '2 4'],
      ['NOT BODY e', '1 3'],
      ['NOT (OR SUBJECT multi SUBJECT long)', '1 3 4'],
      ['FROM "smith, ann"', '2'],
      ['FROM "smith, ann <ann@"', '2'],
      ['TO cy@example.net', '2'],
      ['HEADER subject ""', '1 2 3 5'],
      ['NOT HEADER SUBJECT ""', '4'],
      ['HEADER content-type mixed', '2'],
      ['LARGER 100000 TEXT end', '5'],
      ['YOUNGER 100', ''],
      ['OLDER 100 SUBJECT long', '5'],
      ['SAVEDSINCE 1-Jan-2020 SAVEDBEFORE 1-Jan-2999 SUBJECT long', '5'],
      ['SAVEDON 1-Jan-2020', ''],
      ['SAVEDATESUPPORTED 1', '1'],
      ['FUZZY BODY "umgebung, chen m"', '2'],
      ['FUZZY SUBJECT "(long)"', '5'],
      ['FUZZY BODY "umgebung berlin"', ''],
      ['EMAILID 0190', ''],
      [`OR 3 EMAILID ${rows[0]?.email_id.replaceAll('-', '')}`, rows.length === 0 ? '3' : '1 3'],
    ];
    for (const from of [100, 2]) {
      await unindex(from);
      for (const [key, found] of table)
        assert.deepEqual(
          await client.ok(`SEARCH ${key}`),
          [found === '' ? '* SEARCH' : `* SEARCH ${found}`],
          `${key} ${from}`,
        );
      await index();
    }
    await client.close();
  });

  test('SORT and THREAD: all that match, in their order, in the index and not', async () => {
    const mail = (lines: string, id = ''): string =>
      `${id === '' ? '' : `Message-ID: <${id}@x>\r\n`}${lines}\r\n\r\n.\r\n`;
    const reader = await world.account(
      mail('From: Zoe <b@x>\r\nTo: d@x\r\nSubject: Re: beta\r\nDate: 3 Jan 2024 10:00:00 +0000', 'c'),
      mail(
        'From: "Ärger" <a@x>\r\nTo: C <c@x>\r\nCc: x@x\r\nSubject: alpha\r\nDate: 1 Jan 2024 23:00:00 -0500',
        'a',
      ),
      mail(
        'From: a@x\r\nSubject: [list] re: Alpha\r\nDate: 2 Jan 2024 03:00:00 +0000\r\nReferences: <a@x>',
        'b',
      ),
      mail('Subject: Beta\r\nX-Filler: some more bytes'),
    );
    const own = await world.accountId(reader);
    const client = await world.logIn(reader);
    await client.ok('SELECT INBOX');
    const table: readonly (readonly [string, string])[] = [
      ['SORT (SUBJECT) UTF-8 ALL', '* SORT 2 3 1 4'],
      ['SORT (REVERSE SUBJECT) UTF-8 ALL', '* SORT 1 4 2 3'],
      ['SORT (DATE) US-ASCII ALL', '* SORT 3 2 1 4'],
      ['SORT (REVERSE DATE SUBJECT) UTF-8 ALL', '* SORT 4 1 2 3'],
      ['SORT (FROM DATE) UTF-8 ALL', '* SORT 4 3 2 1'],
      ['SORT (DISPLAYFROM) UTF-8 ALL', '* SORT 4 3 2 1'],
      ['SORT (DISPLAYTO) UTF-8 ALL', '* SORT 3 4 2 1'],
      ['SORT (CC) UTF-8 ALL', '* SORT 1 3 4 2'],
      ['SORT (SIZE) UTF-8 ALL', '* SORT 4 1 3 2'],
      ['SORT (REVERSE ARRIVAL) UTF-8 ALL', '* SORT 1 2 3 4'],
      ['UID SORT (SUBJECT) UTF-8 SUBJECT beta', '* SORT 1 4'],
      ['SORT (SUBJECT) UTF-8 SUBJECT none', '* SORT'],
      ['SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL', '* ESEARCH (TAG "T") MIN 2 MAX 4 COUNT 4'],
      ['UID SORT RETURN (PARTIAL 1:2) (SUBJECT) UTF-8 ALL', '* ESEARCH (TAG "T") UID PARTIAL (1:2 2:3)'],
      ['THREAD REFERENCES UTF-8 ALL', '* THREAD (2 3)(4 1)'],
      ['THREAD REFS UTF-8 ALL', '* THREAD (2 3)(1)(4)'],
      ['THREAD ORDEREDSUBJECT UTF-8 ALL', '* THREAD (3 2)(1 4)'],
      ['UID THREAD REFERENCES UTF-8 3', '* THREAD (3)'],
      ['THREAD REFERENCES UTF-8 SUBJECT none', '* THREAD'],
    ];
    for (const indexed of [false, true]) {
      if (indexed) {
        for (;;) {
          const reply = await world.ports.mailboxes.ask('index', { account: own, mailboxId: '1' });
          if (!('more' in reply) || !reply.more) break;
        }
      }
      for (const [command, answer] of table) {
        const [line] = await client.ok(command);
        assert.equal(line!.replace(/TAG "[^"]+"/, 'TAG "T"'), answer, `${command} ${indexed}`);
      }
    }
    await client.ok('SORT RETURN (SAVE) (SUBJECT) UTF-8 SUBJECT alpha');
    assert.deepEqual(await client.ok('SEARCH $'), ['* SEARCH 2 3']);
    assert.match(await client.tagged('SORT (SPELL) UTF-8 ALL'), /^BAD /);
    assert.match(await client.tagged('THREAD X UTF-8 ALL'), /^BAD /);
    assert.match(await client.tagged('SORT (DATE) X-NONE ALL'), /^NO \[BADCHARSET/);
    await client.close();
  });

  test('OBJECTID and SAVEDATE: told alike before the index has got there and after', async () => {
    const mail = (id: string, more = ''): string => `Message-ID: <${id}@x>\r\nSubject: s\r\n${more}\r\n.\r\n`;
    const reader = await world.account(mail('a'), mail('b', 'References: <a@x>\r\n'), mail('c'));
    const client = await world.logIn(reader);
    const [selected] = (await client.ok('SELECT INBOX')).filter((line) => line.includes('MAILBOXID'));
    const [, mailbox] = /^\* OK \[MAILBOXID \((\w+)\)\]/.exec(selected!)!;
    assert.deepEqual(await client.ok('STATUS INBOX (MAILBOXID)'), [
      `* STATUS INBOX (MAILBOXID (${mailbox}))`,
    ]);
    assert.match(await client.tagged('CREATE other'), /^OK \[MAILBOXID \(\w+\)\]/);
    const items = '(EMAILID THREADID SAVEDATE)';
    const before = await client.ok(`FETCH 1:* ${items}`);
    const read = before.map(
      (line) => /EMAILID \((\w{32})\) THREADID \((\w{32})\) SAVEDATE "[^"]{26}"/.exec(line)!,
    );
    assert.equal(new Set(read.map(([, email]) => email)).size, 3);
    assert.deepEqual(
      read.map(([, , thread]) => thread),
      [read[0]![1], read[0]![1], read[2]![1]],
    );
    assert.deepEqual(await client.ok(`FETCH 1:* ${items}`), before);
    assert.deepEqual(await client.ok('FETCH 2 (THREADID BODY.PEEK[TEXT])'), [
      `* 2 FETCH (THREADID (${read[0]![1]}) BODY[TEXT] {3}\r\n.\r\n)`,
    ]);
    assert.deepEqual(await client.ok(`SEARCH THREADID ${read[0]![1]}`), ['* SEARCH 1 2']);
    assert.deepEqual(await client.ok(`SEARCH EMAILID ${read[2]![1]}`), ['* SEARCH 3']);
    await client.ok('COPY 3 other');
    await client.ok('SELECT other');
    assert.deepEqual(await client.ok('FETCH 1 (EMAILID)'), [`* 1 FETCH (EMAILID (${read[2]![1]}))`]);
    await client.close();
  });
});
