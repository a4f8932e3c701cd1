import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openWorld, type World } from './world.ts';

const MULTIPART = [
  'From: "Ann A." <ann@example.org>',
  'To: Ben <ben@example.org>, cy@example.org',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'Date: Mon, 7 Feb 1994 23:52:25 -0800',
  'Message-ID: <one@example.org>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=XX',
  '',
  'preamble',
  '--XX',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Caf=E9 au=',
  ' lait',
  '--XX',
  'Content-Type: message/rfc822',
  '',
  'From: inner@example.org',
  'Subject: inner',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('<p>Übergröße</p>').toString('base64'),
  '--XX--',
  '',
].join('\r\n');
const PLAIN = 'From: dan@example.net\r\nSubject: plain\r\nX-Long: one\r\n two\r\n\r\nbody of it\r\n';

/** The bytes of a section in a FETCH response. */
function literal(response: string | undefined): string {
  const match = /\{(\d+)\}\r\n/.exec(response ?? '');
  assert.ok(match, String(response));
  return response!.slice(match.index + match[0].length).slice(0, Number(match[1]));
}

/** A search string as a literal, in latin1 as the client sends it. */
function literalOf(text: string, charset: 'utf8' | 'latin1' = 'utf8'): string {
  const bytes = Buffer.from(text, charset);
  return `{${bytes.length}+}\r\n${bytes.toString('latin1')}`;
}

describe('imap-gateway: messages', () => {
  let world: World;
  let address = '';
  before(async () => {
    world = await openWorld();
    address = await world.account(MULTIPART, PLAIN);
  });
  after(() => world?.stop());

  test('sections and partials are the bytes of the message', async () => {
    const client = await world.logIn(address);
    await client.ok('EXAMINE INBOX');
    const inner = MULTIPART.slice(MULTIPART.indexOf('From: inner'), MULTIPART.indexOf('\r\n--XX--'));
    const innerBody = inner.slice(inner.indexOf('\r\n\r\n') + 4);
    const header = MULTIPART.slice(0, MULTIPART.indexOf('\r\n\r\n') + 4);
    const table: readonly (readonly [string, string])[] = [
      ['BODY[]', MULTIPART],
      ['BODY[]<0.10>', MULTIPART.slice(0, 10)],
      ['BODY[]<100.20>', MULTIPART.slice(100, 120)],
      ['BODY[]<100000.20>', ''],
      ['BODY[HEADER]', header],
      ['BODY[TEXT]', MULTIPART.slice(header.length)],
      ['BODY[TEXT]<3.4>', MULTIPART.slice(header.length + 3, header.length + 7)],
      ['BODY[1]', 'Caf=E9 au=\r\n lait'],
      [
        'BODY[1.MIME]',
        'Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
      ],
      ['BODY[2]', inner],
      ['BODY[2.HEADER]', inner.slice(0, inner.indexOf('\r\n\r\n') + 4)],
      ['BODY[2.TEXT]', innerBody],
      ['BODY[2.1]', innerBody],
      ['BODY[2.HEADER.FIELDS (SUBJECT)]', 'Subject: inner\r\n\r\n'],
      [
        'BODY[HEADER.FIELDS (TO FROM)]',
        'From: "Ann A." <ann@example.org>\r\nTo: Ben <ben@example.org>, cy@example.org\r\n\r\n',
      ],
      ['BODY[HEADER.FIELDS (TO)]<0.3>', 'To:'],
      ['RFC822', MULTIPART],
      ['RFC822.HEADER', header],
      ['RFC822.TEXT', MULTIPART.slice(header.length)],
    ];
    for (const [item, bytes] of table) {
      const [response] = await client.ok(`FETCH 1 ${item}`);
      const label = item.replace(/\.\d+>$/, '>');
      assert.ok(response!.startsWith(`* 1 FETCH (${label} {`), String(response));
      assert.equal(literal(response), bytes, item);
    }
    assert.deepEqual(await client.ok('FETCH 1 BODY[3]'), ['* 1 FETCH (BODY[3] NIL)']);
    assert.deepEqual(await client.ok('FETCH 1 BODY[1.HEADER]'), ['* 1 FETCH (BODY[1.HEADER] NIL)']);
    const [two] = await client.ok('FETCH 2 (BODY[1] BODY.PEEK[HEADER.FIELDS.NOT (From X-Long)])');
    assert.equal(
      two,
      '* 2 FETCH (BODY[1] {12}\r\nbody of it\r\n BODY[HEADER.FIELDS.NOT (From X-Long)] {18}\r\nSubject: plain\r\n\r\n)',
    );
    assert.deepEqual(await client.ok('FETCH 2 BODY[HEADER.FIELDS (X-LONG)]'), [
      '* 2 FETCH (BODY[HEADER.FIELDS (X-LONG)] {21}\r\nX-Long: one\r\n two\r\n\r\n)',
    ]);
  });

  test('ENVELOPE, BODY, BODYSTRUCTURE, macros', async () => {
    const client = await world.logIn(address);
    await client.ok('EXAMINE INBOX');
    const ann = '(("Ann A." NIL "ann" "example.org"))';
    const envelope = `("Mon, 7 Feb 1994 23:52:25 -0800" "=?utf-8?q?Gr=C3=BC=C3=9Fe?=" ${ann} ${ann} ${ann} (("Ben" NIL "ben" "example.org")(NIL NIL "cy" "example.org")) NIL NIL NIL "<one@example.org>")`;
    assert.deepEqual(await client.ok('FETCH 1 ENVELOPE'), [`* 1 FETCH (ENVELOPE ${envelope})`]);
    const inner = '((NIL NIL "inner" "example.org"))';
    assert.deepEqual(await client.ok('FETCH 1 BODY'), [
      `* 1 FETCH (BODY (("TEXT" "PLAIN" ("CHARSET" "iso-8859-1") NIL NIL "QUOTED-PRINTABLE" 17 1)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 146 (NIL "inner" ${inner} ${inner} ${inner} NIL NIL NIL NIL NIL) ("TEXT" "HTML" ("CHARSET" "utf-8") NIL NIL "BASE64" 28 0) 5) "MIXED"))`,
    ]);
    const [structure] = await client.ok('FETCH 2 BODYSTRUCTURE');
    assert.match(
      structure!,
      /^\* 2 FETCH \(BODYSTRUCTURE \("TEXT" "PLAIN" .* NIL NIL "7BIT" 12 1 NIL NIL NIL NIL\)\)$/,
    );
    const [all] = await client.ok('UID FETCH 2 ALL');
    assert.match(
      all!,
      /^\* 2 FETCH \(UID 2 FLAGS \(.*\) INTERNALDATE ".*" RFC822.SIZE \d+ ENVELOPE \(.*\)\)$/,
    );
  });

  test('SEARCH: every key', async () => {
    const reader = await world.account(MULTIPART, PLAIN, 'Subject: third\r\n\r\n');
    const client = await world.logIn(reader);
    await client.ok('SELECT INBOX');
    await client.ok('STORE 2 FLAGS (\\Seen \\Answered \\Flagged \\Draft \\Deleted $Work)');
    const table: readonly (readonly [string, string])[] = [
      ['ALL', '1 2 3'],
      ['ANSWERED', '2'],
      ['UNANSWERED', '1 3'],
      ['DELETED', '2'],
      ['UNDELETED', '1 3'],
      ['DRAFT', '2'],
      ['UNDRAFT', '1 3'],
      ['FLAGGED', '2'],
      ['UNFLAGGED', '1 3'],
      ['SEEN', '2'],
      ['UNSEEN', '1 3'],
      ['KEYWORD $work', '2'],
      ['UNKEYWORD $WORK', '1 3'],
      ['RECENT', '1 2 3'],
      ['NEW', '1 3'],
      ['OLD', ''],
      ['1,3', '1 3'],
      ['*', '3'],
      ['2:*', '2 3'],
      ['UID 2:100', '2 3'],
      ['UID 100:*', '3'],
      ['NOT 1', '2 3'],
      ['OR 1 3', '1 3'],
      ['(2 SEEN) 2', '2'],
      [`LARGER ${MULTIPART.length - 1}`, '1'],
      [`LARGER ${MULTIPART.length}`, ''],
      ['SMALLER 19', '3'],
      ['SMALLER 18', ''],
      ['BEFORE 3-Feb-2026', ''],
      ['BEFORE 4-Feb-2026', '1 2 3'],
      ['ON 3-Feb-2026', '1 2 3'],
      ['SINCE 3-Feb-2026', '1 2 3'],
      ['SINCE 4-Feb-2026', ''],
      ['SENTON 7-Feb-1994', '1'],
      ['SENTBEFORE 7-Feb-1994', ''],
      ['SENTSINCE 7-Feb-1994', '1'],
      ['FROM ANN', '1'],
      ['FROM "ann@example.org"', '1'],
      ['TO cy@', '1'],
      ['CC x', ''],
      ['BCC ""', ''],
      ['SUBJECT PLAIN', '2'],
      [`SUBJECT ${literalOf('Grü')}`, '1'],
      [`CHARSET iso-8859-1 SUBJECT ${literalOf('GRÜß', 'latin1')}`, '1'],
      ['CHARSET UTF-7 SUBJECT gr+APw-', '1'],
      ['HEADER Message-ID one@example', '1'],
      ['HEADER X-LONG "one two"', '2'],
      ['HEADER x-long ""', '2'],
      ['NOT HEADER x-long ""', '1 3'],
      ['BODY "body OF"', '2'],
      [`BODY ${literalOf('CAFÉ AU lait')}`, '1'],
      [`BODY ${literalOf('übergröße')}`, '1'],
      ['BODY dan@', ''],
      ['TEXT dan@', '2'],
      ['TEXT inner', '1'],
      ['NOT TEXT example', '3'],
      ['OR TEXT third (BODY lait FROM ann)', '1 3'],
      ['OR (NOT BODY lait) SEEN', '2 3'],
    ];
    for (const [key, found] of table) {
      assert.deepEqual(
        await client.ok(`SEARCH ${key}`),
        [found === '' ? '* SEARCH' : `* SEARCH ${found}`],
        key,
      );
    }
    const unknown = await client.tagged('SEARCH CHARSET x-none ALL');
    const [, charsets] = /^NO \[BADCHARSET \((US-ASCII UTF-8 ISO-8859-1 [A-Z0-9_ -]+)\)\]/.exec(unknown)!;
    for (const charset of charsets!.split(' '))
      assert.deepEqual(await client.ok(`SEARCH CHARSET ${charset} SUBJECT plain`), ['* SEARCH 2'], charset);
    const halved = literalOf('Gr\xfc', 'latin1');
    assert.match(await client.tagged(`SEARCH CHARSET UTF-8 SUBJECT ${halved}`), /^BAD .*UTF-8/);
    assert.match(await client.tagged(`SEARCH CHARSET UTF-8 OR BODY x TEXT ${halved}`), /^BAD .*UTF-8/);
    assert.match(await client.tagged('SEARCH KEYWORD \\Seen'), /^BAD /);
  });

  test('STORE in each mode; \\Seen by FETCH; EXAMINE changes nothing', async () => {
    const reader = await world.account(PLAIN, PLAIN);
    const client = await world.logIn(reader);
    await client.ok('SELECT INBOX');
    const fetched = (flags: string): string[] => [`* 1 FETCH (FLAGS (${flags}\\Recent))`];
    assert.deepEqual(await client.ok('STORE 1 FLAGS (\\Draft)'), fetched('\\Draft '));
    assert.deepEqual(await client.ok('STORE 1 +FLAGS (\\Flagged)'), fetched('\\Flagged \\Draft '));
    assert.deepEqual(await client.ok('STORE 1 -FLAGS (\\Draft)'), fetched('\\Flagged '));
    assert.deepEqual(await client.ok('STORE 1 -FLAGS (\\Draft)'), fetched('\\Flagged '));
    assert.deepEqual(await client.ok('STORE 1 +FLAGS.SILENT (\\Answered)'), []);
    assert.deepEqual(await client.ok('UID STORE 1 FLAGS ()'), ['* 1 FETCH (UID 1 FLAGS (\\Recent))']);
    assert.match(await client.tagged('STORE 1 FLAGS (\\Recent)'), /^BAD /);
    assert.match(await client.tagged('STORE 1 FLAGS (\\Nonsense)'), /^BAD /);
    assert.match(await client.tagged('STORE 3 FLAGS ()'), /^BAD /);
    assert.match(await client.tagged('FETCH 3 FLAGS'), /^BAD /);
    assert.deepEqual(await client.ok('UID FETCH 77 FLAGS'), []);
    assert.match((await client.ok('FETCH 1 BODY[TEXT]'))[0]!, / FLAGS \(\\Seen \\Recent\)\)$/);
    assert.doesNotMatch((await client.ok('FETCH 1 BODY[TEXT]'))[0]!, /FLAGS/);
    const other = await world.logIn(reader, 1);
    const examined = await other.command('EXAMINE INBOX');
    assert.match(examined.tagged, /^OK \[READ-ONLY\]/);
    assert.ok(examined.untagged.includes('* 0 RECENT'));
    assert.doesNotMatch((await other.ok('FETCH 2 BODY[TEXT]'))[0]!, /FLAGS/);
    for (const command of ['STORE 1 FLAGS ()', 'EXPUNGE', 'MOVE 1 Trash'])
      assert.match(await other.tagged(command), /^NO \[READ-ONLY\]/);
    assert.match(await other.tagged('COPY 1 none'), /^NO \[TRYCREATE\]/);
  });

  test('COPY, MOVE, UID EXPUNGE, CLOSE, UNSELECT', async () => {
    const client = await world.logIn(await world.account(PLAIN, PLAIN, PLAIN, PLAIN));
    await client.ok('CREATE box');
    await client.ok('SELECT INBOX');
    assert.match(await client.tagged('COPY 2:3 box'), /^OK \[COPYUID \d+ 2:3 1:2\]/);
    assert.match(await client.tagged('UID COPY 77 box'), /^OK COPY completed/);
    for (const set of ['5', '1:5', '4,9:7', '5:*', '*:5'])
      for (const command of [
        `COPY ${set} box`,
        `MOVE ${set} box`,
        `FETCH ${set} FLAGS`,
        `STORE ${set} FLAGS ()`,
      ])
        assert.match(await client.tagged(command), /^BAD No message has that sequence number/, command);
    await client.ok('UID FETCH 1:99 FLAGS');
    const moved = await client.command('MOVE 1 box');
    assert.match(moved.untagged[0]!, /^\* OK \[COPYUID \d+ 1 3\]/);
    assert.deepEqual(moved.untagged.slice(1), ['* 1 EXPUNGE']);
    await client.ok('STORE 1:2 +FLAGS.SILENT (\\Deleted)');
    assert.deepEqual(await client.ok('UID EXPUNGE 3'), ['* 2 EXPUNGE']);
    assert.deepEqual(await client.ok('CLOSE'), []);
    assert.deepEqual(await client.ok('STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 1)']);
    await client.ok('SELECT box');
    await client.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await client.ok('UNSELECT');
    assert.deepEqual(await client.ok('STATUS box (MESSAGES DELETED)'), [
      '* STATUS box (MESSAGES 3 DELETED 1)',
    ]);
  });

  test('FLAGS names the keywords there are, up to a bound', async () => {
    const address = await world.account(...Array.from({ length: 20 }, () => PLAIN));
    const client = await world.logIn(address);
    await client.ok('SELECT INBOX');
    await client.ok('STORE 2 +FLAGS.SILENT ($Forwarded Later)');
    await client.ok('STORE 3 +FLAGS.SILENT (LATER NonJunk)');
    const other = await world.logIn(address);
    const system = '\\Seen \\Answered \\Flagged \\Deleted \\Draft';
    const selected = await other.ok('EXAMINE INBOX');
    assert.ok(selected.includes(`* FLAGS (${system} $Forwarded Later NonJunk)`), selected.join());
    for (let message = 1; message <= 20; message += 1) {
      const keywords = Array.from({ length: 60 }, (_, at) => `k${message}-${at}`);
      await client.ok(`STORE ${message} FLAGS.SILENT (${keywords.join(' ')})`);
    }
    for (const told of [await other.ok('EXAMINE INBOX'), await other.ok('SELECT INBOX')]) {
      const flags = told.find((line) => line.startsWith('* FLAGS'))!;
      assert.equal(flags.match(/ k\d+-\d+/g)?.length, 1_000);
    }
    assert.deepEqual(await other.ok('SEARCH KEYWORD k20-59'), ['* SEARCH 20']);
  });

  test('an empty mailbox', async () => {
    const client = await world.logIn(await world.account());
    const selected = await client.ok('SELECT INBOX');
    assert.ok(selected.includes('* 0 EXISTS'));
    assert.ok(!selected.some((line) => line.includes('UNSEEN')));
    assert.deepEqual(await client.ok('FETCH 1:* FLAGS'), []);
    assert.deepEqual(await client.ok('UID FETCH 1:* FLAGS'), []);
    assert.deepEqual(await client.ok('SEARCH ALL'), ['* SEARCH']);
    assert.deepEqual(await client.ok('EXPUNGE'), []);
  });
});
