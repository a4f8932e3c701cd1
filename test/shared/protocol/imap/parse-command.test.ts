import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCommand } from '../../../../shared/protocol/imap/parse-command.ts';

const bytes = (text: string): Buffer => Buffer.from(`${text}\r\n`, 'latin1');
const parsed = (text: string): Record<string, unknown> => {
  const result = parseCommand(bytes(text));
  assert.ok('command' in result, 'problem' in result ? `${text}: ${result.problem}` : text);
  return result.command as never;
};
const set = (...ranges: [number, number][]): [number, number][] => ranges;
const STAR = 0x1_0000_0000;
const section = (label: string, path: number[], text: string | null, more: object = {}): object => ({
  item: 'SECTION',
  label,
  section: { path, text, fields: [] },
  partial: null,
  peek: false,
  ...more,
});

describe('IMAP commands', () => {
  const GOOD: readonly (readonly [string, object])[] = [
    ['a noop', { name: 'NOOP' }],
    ['a NOOP  ', { name: 'NOOP' }],
    ['a LOGIN bob "se\\"cr\\\\et"', { name: 'LOGIN', user: 'bob', password: 'se"cr\\et' }],
    ['a LOGIN {3}\r\nbob {6+}\r\nsecret', { name: 'LOGIN', user: 'bob', password: 'secret' }],
    ['a LOGIN bob ""', { name: 'LOGIN', user: 'bob', password: '' }],
    ['a LOGIN bob p]ss', { name: 'LOGIN', user: 'bob', password: 'p]ss' }],
    ['a AUTHENTICATE plain', { name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: undefined }],
    [
      'a AUTHENTICATE PLAIN AGEAYg==',
      { name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: 'AGEAYg==' },
    ],
    ['a AUTHENTICATE PLAIN =', { name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: '=' }],
    ['a SELECT inbox', { name: 'SELECT', mailbox: 'INBOX' }],
    ['a SELECT "InBox/x"', { name: 'SELECT', mailbox: 'INBOX/x' }],
    ['a EXAMINE Entw&APw-rfe', { name: 'EXAMINE', mailbox: 'Entwürfe' }],
    ['a CREATE foo/', { name: 'CREATE', mailbox: 'foo/', specialUse: [] }],
    ['a CREATE foo (USE (\\Sent))', { name: 'CREATE', mailbox: 'foo', specialUse: ['Sent'] }],
    ['a RENAME a "b c"', { name: 'RENAME', from: 'a', to: 'b c' }],
    [
      'a GETMETADATA "" /shared/comment',
      { name: 'GETMETADATA', mailbox: '', entries: ['/shared/comment'], maxSize: null, depth: 0 },
    ],
    [
      'a GETMETADATA (MAXSIZE 1024 depth Infinity) INBOX (/shared/a "/private/b c")',
      {
        name: 'GETMETADATA',
        mailbox: 'INBOX',
        entries: ['/shared/a', '/private/b c'],
        maxSize: 1024,
        depth: 'infinity',
      },
    ],
    [
      'a GETMETADATA INBOX (DEPTH 1) (/shared)',
      { name: 'GETMETADATA', mailbox: 'INBOX', entries: ['/shared'], maxSize: null, depth: 1 },
    ],
    [
      'a SETMETADATA x (/shared/a ~{3}\r\n\0\xff) /private/b NIL /private/c "")',
      {
        name: 'SETMETADATA',
        mailbox: 'x',
        values: [
          { entry: '/shared/a', value: Buffer.from([0, 0xff, 0x29]) },
          { entry: '/private/b', value: null },
          { entry: '/private/c', value: Buffer.alloc(0) },
        ],
      },
    ],
    ['a GETACL inbox', { name: 'GETACL', mailbox: 'INBOX' }],
    ['a MYRIGHTS "a b"', { name: 'MYRIGHTS', mailbox: 'a b' }],
    ['a DELETEACL x -fred', { name: 'DELETEACL', mailbox: 'x', identifier: '-fred' }],
    ['a LISTRIGHTS x {3}\r\n\xc3\xa9!', { name: 'LISTRIGHTS', mailbox: 'x', identifier: 'é!' }],
    ['a SETACL x fred ""', { name: 'SETACL', mailbox: 'x', identifier: 'fred', mode: 'replace', rights: '' }],
    ['a SeTacl x f +cda', { name: 'SETACL', mailbox: 'x', identifier: 'f', mode: 'add', rights: 'cda' }],
    ['a SETACL x f -', { name: 'SETACL', mailbox: 'x', identifier: 'f', mode: 'remove', rights: '' }],
    ['a GETQUOTA ""', { name: 'GETQUOTA', root: '' }],
    ['a getquota {8}\r\n#user/\xc3\xa9', { name: 'GETQUOTA', root: '#user/é' }],
    ['a GETQUOTAROOT inbox', { name: 'GETQUOTAROOT', mailbox: 'INBOX' }],
    ['a SETQUOTA "" ()', { name: 'SETQUOTA', root: '', limits: [] }],
    [
      'a SETQUOTA #user/x (storage 512 MESSAGE 10)',
      {
        name: 'SETQUOTA',
        root: '#user/x',
        limits: [
          ['STORAGE', 512],
          ['MESSAGE', 10],
        ],
      },
    ],
    ['a LSUB "" %', { name: 'LSUB', reference: '', pattern: '%' }],
    [
      'a LIST "" ""',
      {
        name: 'LIST',
        reference: '',
        patterns: [''],
        select: [],
        return: [],
        status: [],
        metadata: [],
        extended: false,
      },
    ],
    [
      'a LIST ~/ %/&APw-*',
      {
        name: 'LIST',
        reference: '~/',
        patterns: ['%/&APw-*'],
        select: [],
        return: [],
        status: [],
        metadata: [],
        extended: false,
      },
    ],
    [
      'a LIST (SUBSCRIBED RECURSIVEMATCH) "" ("INBOX" "Sent/%") RETURN (CHILDREN STATUS (MESSAGES UNSEEN))',
      {
        name: 'LIST',
        reference: '',
        patterns: ['INBOX', 'Sent/%'],
        select: ['SUBSCRIBED', 'RECURSIVEMATCH'],
        return: ['CHILDREN'],
        status: ['MESSAGES', 'UNSEEN'],
        metadata: [],
        extended: true,
      },
    ],
    ['a STATUS x (messages uidnext)', { name: 'STATUS', mailbox: 'x', items: ['MESSAGES', 'UIDNEXT'] }],
    ['a EXPUNGE', { name: 'EXPUNGE', uids: null }],
    ['a UID EXPUNGE 3:5', { name: 'EXPUNGE', uids: set([3, 5]) }],
    ['a COPY 1:* Trash', { name: 'COPY', uid: false, set: set([1, STAR]), mailbox: 'Trash' }],
    ['a uid move 7 Trash', { name: 'MOVE', uid: true, set: set([7, 7]), mailbox: 'Trash' }],
    [
      'a STORE 1 +FLAGS.SILENT (\\Seen $x)',
      { name: 'STORE', uid: false, set: set([1, 1]), mode: 'add', silent: true, flags: ['\\Seen', '$x'] },
    ],
    [
      'a UID STORE 1 flags \\Seen \\Deleted',
      {
        name: 'STORE',
        uid: true,
        set: set([1, 1]),
        mode: 'replace',
        silent: false,
        flags: ['\\Seen', '\\Deleted'],
      },
    ],
    [
      'a STORE 1 -FLAGS ()',
      { name: 'STORE', uid: false, set: set([1, 1]), mode: 'remove', silent: false, flags: [] },
    ],
    ['a ID NIL', { name: 'ID', parameters: new Map() }],
    ['a ID ("Name" "x" "version" NIL)', { name: 'ID', parameters: new Map([['name', 'x']]) }],
  ];
  for (const [text, command] of GOOD) test(text, () => assert.deepEqual(parsed(text), command));

  const ITEMS: readonly (readonly [string, readonly object[]])[] = [
    ['FLAGS', [{ item: 'FLAGS' }]],
    ['ALL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'].map((item) => ({ item }))],
    ['fast', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'].map((item) => ({ item }))],
    ['FULL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'].map((item) => ({ item }))],
    ['(UID BODYSTRUCTURE UID)', [{ item: 'UID' }, { item: 'BODYSTRUCTURE' }]],
    ['BODY', [{ item: 'BODY' }]],
    ['BODY[]', [section('BODY[]', [], null)]],
    [
      'BODY.PEEK[]<0.10>',
      [section('BODY[]<0>', [], null, { partial: { offset: 0, count: 10 }, peek: true })],
    ],
    ['body[text]', [section('BODY[TEXT]', [], 'TEXT')]],
    ['BODY[1.2.MIME]', [section('BODY[1.2.MIME]', [1, 2], 'MIME')]],
    ['BODY[3]', [section('BODY[3]', [3], null)]],
    [
      'BODY.PEEK[HEADER.FIELDS (From "to")]',
      [
        section('BODY[HEADER.FIELDS (From to)]', [], 'HEADER.FIELDS', {
          section: { path: [], text: 'HEADER.FIELDS', fields: ['From', 'to'] },
          peek: true,
        }),
      ],
    ],
    [
      'BODY[2.HEADER.FIELDS.NOT ("a b")]',
      [
        section('BODY[2.HEADER.FIELDS.NOT ("a b")]', [2], 'HEADER.FIELDS.NOT', {
          section: { path: [2], text: 'HEADER.FIELDS.NOT', fields: ['a b'] },
        }),
      ],
    ],
    ['RFC822', [section('RFC822', [], null)]],
    ['RFC822.HEADER', [section('RFC822.HEADER', [], 'HEADER', { peek: true })]],
    ['RFC822.TEXT', [section('RFC822.TEXT', [], 'TEXT')]],
  ];
  for (const [text, items] of ITEMS) {
    test(`FETCH ${text}`, () => assert.deepEqual(parsed(`a FETCH 1 ${text}`).items, items));
  }

  const value = Buffer.from('x');
  const seen = { key: 'flag', flag: '\\Seen' };
  const day = Date.UTC(1994, 1, 1) / 86_400_000;
  const KEYS: readonly (readonly [string, object])[] = [
    ['ALL', { key: 'all' }],
    ['SEEN UNSEEN', { key: 'and', keys: [seen, { key: 'not', of: seen }] }],
    ['2:4,*', { key: 'sequence', set: set([2, 4], [STAR, STAR]) }],
    ['UID 5', { key: 'uid', set: set([5, 5]) }],
    ['NOT (SEEN ALL)', { key: 'not', of: { key: 'and', keys: [seen, { key: 'all' }] } }],
    ['OR SEEN (ALL)', { key: 'or', keys: [seen, { key: 'all' }] }],
    ['NEW', { key: 'and', keys: [{ key: 'recent' }, { key: 'not', of: seen }] }],
    ['OLD', { key: 'not', of: { key: 'recent' } }],
    ['KEYWORD $a', { key: 'flag', flag: '$a' }],
    ['UNKEYWORD a', { key: 'not', of: { key: 'flag', flag: 'a' } }],
    ['LARGER 10', { key: 'larger', size: 10 }],
    ['SMALLER 10', { key: 'smaller', size: 10 }],
    ['SINCE 1-Feb-1994', { key: 'date', of: 'internal', relation: 'since', day }],
    ['SENTON "01-feb-1994"', { key: 'date', of: 'sent', relation: 'on', day }],
    ['SAVEDON 1-Feb-1994', { key: 'date', of: 'saved', relation: 'on', day }],
    ['YOUNGER 60', { key: 'within', relation: 'younger', seconds: 60 }],
    ['OLDER 60', { key: 'within', relation: 'older', seconds: 60 }],
    ['THREADID T1', { key: 'id', kind: 'thread', id: '' }],
    ['FUZZY ALL', { key: 'fuzzy', of: { key: 'all' } }],
    ['BEFORE 1-Feb-1994', { key: 'date', of: 'internal', relation: 'before', day }],
    ['FROM x', { key: 'header', field: 'from', value }],
    ['HEADER X-Y {1}\r\nx', { key: 'header', field: 'x-y', value }],
    ['BODY "x"', { key: 'body', value }],
    ['TEXT x', { key: 'text', value }],
    ['TEXT \xe9', { key: 'text', value: Buffer.from([0xe9]) }],
  ];
  for (const [text, key] of KEYS)
    test(`SEARCH ${text}`, () => assert.deepEqual(parsed(`a SEARCH ${text}`).key, key));

  test('SEARCH CHARSET', () => assert.equal(parsed('a SEARCH charset "utf-8" ALL').charset, 'UTF-8'));

  for (const text of ['FROB', 'FROB x', 'SEEN UNFOO', 'OR SEEN FROB'])
    test(`SEARCH ${text} names the key`, () => {
      const result = parseCommand(bytes(`a SEARCH ${text}`));
      assert.ok('problem' in result);
      assert.match(result.problem, /^Unknown search key: (FROB|UNFOO)$/);
    });

  const BAD: readonly (readonly [string, string | null])[] = [
    ['', null],
    ['a', 'a'],
    ['a ', 'a'],
    ['+ NOOP', null],
    ['a+b NOOP', 'a'],
    ['a FROB', 'a'],
    ['a NOOP x', 'a'],
    ['a UID NOOP', 'a'],
    ['a constructor', 'a'],
    ['a LOGIN bob', 'a'],
    ['a LOGIN bob "x', 'a'],
    ['a LOGIN bob "x\\"', 'a'],
    ['a LOGIN bob "\\x"', 'a'],
    ['a SELECT "a\\\u0001b"', 'a'],
    ['a LOGIN bob x y', 'a'],
    ['a LOGIN  bob x', 'a'],
    ['a LOGIN "b\r\nb" x', 'a'],
    ['a SELECT', 'a'],
    ['a SELECT &', 'a'],
    ['a CREATE bad&AGE-', 'a'],
    ['a RENAME a &APw-&APw-', 'a'],
    ['a SELECT a b', 'a'],
    ['a APPEND x', 'a'],
    ['a APPEND x "text"', 'a'],
    ['a FETCH 0 FLAGS', 'a'],
    ['a FETCH 1', 'a'],
    ['a FETCH 1 ()', 'a'],
    ['a FETCH 1 (FLAGS', 'a'],
    ['a FETCH 1 (ALL)', 'a'],
    ['a FETCH 1 (FLAGS FAST)', 'a'],
    ['a FETCH 1 BODY[', 'a'],
    ['a FETCH 1 BODY[MIME]', 'a'],
    ['a FETCH 1 BODY[0]', 'a'],
    ['a FETCH 1 BODY[1.]', 'a'],
    ['a FETCH 1 BODY[TEXT.1]', 'a'],
    ['a FETCH 1 BODY[]<0.0>', 'a'],
    ['a FETCH 1 BODY[]<5>', 'a'],
    ['a FETCH 1 BODY[HEADER.FIELDS ()]', 'a'],
    ['a STORE 1 FLAG \\Seen', 'a'],
    ['a STORE 1 FLAGS', 'a'],
    ['a STORE 1 FLAGS (\\)', 'a'],
    ['a SEARCH', 'a'],
    ['a SEARCH OR SEEN', 'a'],
    ['a SEARCH ()', 'a'],
    ['a SEARCH SINCE 31-Feb-2020', 'a'],
    ['a SEARCH SINCE 1-Foo-2020', 'a'],
    ['a SEARCH LARGER -1', 'a'],
    ['a SEARCH UNFOO', 'a'],
    ['a SEARCH KEYWORD \\Seen', 'a'],
    ['a SEARCH UNKEYWORD \\Seen', 'a'],
    ['a SEARCH FROM', 'a'],
    ['a STATUS x ()', 'a'],
    ['a LIST "" (', 'a'],
    ['a ID ("a")', 'a'],
    [`a SEARCH ${'('.repeat(200)}ALL${')'.repeat(200)}`, 'a'],
    [`a SEARCH ${'NOT '.repeat(5000)}ALL`, 'a'],
    [`a SEARCH ${'SEEN '.repeat(5000)}`, 'a'],
  ];
  for (const [text, tag] of BAD) {
    test(`refused: ${JSON.stringify(text.slice(0, 60))}`, () => {
      const result = parseCommand(bytes(text));
      assert.ok('problem' in result);
      assert.equal(result.tag, tag);
      assert.doesNotMatch(result.problem, /[\r\n]/);
    });
  }
});
