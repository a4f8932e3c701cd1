import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../../../shared/protocol/smtp/server-events.ts';
import { reply } from '../../../../shared/protocol/smtp/server-reply.ts';
import { cuts } from './cuts.ts';
import { bytes, lines, NO_SUCH_USER, play } from './server-play.ts';

interface Row {
  readonly name: string;
  readonly client: Buffer;
  readonly codes: readonly number[];
  readonly events?: readonly string[];
  readonly options?: Partial<ServerOptions>;
}

const MAIL = ['EHLO c.test', 'MAIL FROM:<a@c.test>'];
const RCPT = [...MAIL, 'RCPT TO:<b@mx.test>'];
const LABEL = 'b'.repeat(63);
const long = (octets: number, start: string, end = '') =>
  start + 'x'.repeat(octets - start.length - end.length - 2) + end;

const ROWS: readonly Row[] = [
  {
    name: 'one message',
    client: lines(...RCPT, 'DATA', 'hi', '.', 'QUIT'),
    codes: [250, 250, 250, 354, 250, 221],
    events: ['mail <a@c.test>', 'rcpt <b@mx.test>', 'data-end 4'],
  },
  {
    name: 'as typed into telnet',
    client: lines('helo x', 'mail from:a@b', 'rcpt to:c@d', 'data', 'hi', '.', 'quit'),
    codes: [250, 250, 250, 354, 250, 221],
    events: ['mail <a@b>', 'rcpt <c@d>', 'data-end 4'],
  },
  {
    name: 'a space after the colon',
    client: lines('HELO x', 'MAIL FROM: <a@b>', 'RCPT TO:   c@d  '),
    codes: [250, 250, 250],
    events: ['mail <a@b>', 'rcpt <c@d>'],
  },
  { name: 'commands that end in LF alone', client: bytes('HELO x\nNOOP\nQUIT\n'), codes: [250, 250, 221] },
  {
    name: 'two messages',
    client: lines(...RCPT, 'DATA', 'one', '.', 'MAIL FROM:<>', 'RCPT TO:<c@mx.test>', 'DATA', 'two', '.'),
    codes: [250, 250, 250, 354, 250, 250, 250, 354, 250],
    events: [
      'mail <a@c.test>',
      'rcpt <b@mx.test>',
      'data-end 5',
      'mail <>',
      'rcpt <c@mx.test>',
      'data-end 5',
    ],
  },
  {
    name: 'RSET drops the transaction',
    client: lines(...RCPT, 'RSET', 'RCPT TO:<b@mx.test>'),
    codes: [250, 250, 250, 250, 503],
    events: ['mail <a@c.test>', 'rcpt <b@mx.test>', 'reset'],
  },
  {
    name: 'EHLO drops the transaction',
    client: lines(...RCPT, 'EHLO c.test', 'DATA'),
    codes: [250, 250, 250, 250, 503],
    events: ['mail <a@c.test>', 'rcpt <b@mx.test>', 'reset'],
  },
  {
    name: 'NOOP, HELP and VRFY at any time',
    client: lines('NOOP', 'noop whatever', 'HELP', 'HELP MAIL', 'HELP STATUS', 'HELP ME', 'VRFY bob', 'RSET'),
    codes: [250, 250, 214, 214, 211, 504, 252, 250],
  },
  {
    name: 'size and body',
    client: lines('EHLO x', 'MAIL FROM:<a@b> SIZE=12 BODY=8BITMIME AUTH=<>'),
    codes: [250, 250],
    events: ['mail <a@b> size=12 8bit'],
  },
  {
    name: 'postmaster needs no domain',
    client: lines('HELO x', 'MAIL FROM:<>', 'RCPT TO:<PostMaster>', 'RCPT TO:postmaster'),
    codes: [250, 250, 250, 250],
    events: ['mail <>', 'rcpt <PostMaster>', 'rcpt <postmaster>'],
  },
  { name: 'nothing after QUIT is read', client: lines('QUIT', 'NOOP', 'NOOP'), codes: [221] },

  { name: 'MAIL before a hello', client: lines('MAIL FROM:<a@b>'), codes: [503], events: [] },
  {
    name: 'RCPT and DATA before a hello',
    client: lines('RCPT TO:<a@b>', 'DATA'),
    codes: [503, 503],
    events: [],
  },
  { name: 'RCPT before MAIL', client: lines('EHLO x', 'RCPT TO:<a@b>'), codes: [250, 503], events: [] },
  { name: 'DATA before MAIL', client: lines('EHLO x', 'DATA'), codes: [250, 503], events: [] },
  { name: 'DATA before RCPT', client: lines(...MAIL, 'DATA'), codes: [250, 250, 503] },
  {
    name: 'DATA after refused recipients only',
    client: lines(...MAIL, 'RCPT TO:<nobody@mx.test>', 'DATA', 'NOOP'),
    codes: [250, 250, 550, 554, 250],
  },
  {
    name: 'MAIL within a transaction',
    client: lines(...RCPT, 'MAIL FROM:<z@b>', 'DATA', 'hi', '.'),
    codes: [250, 250, 250, 503, 354, 250],
  },
  { name: 'AUTH within a transaction', client: lines(...MAIL, 'AUTH PLAIN'), codes: [250, 250, 503] },
  {
    name: 'too many recipients',
    client: lines(...RCPT, 'RCPT TO:<c@d>', 'RCPT TO:<d@d>', 'RCPT TO:<e@d>', 'DATA', '.'),
    codes: [250, 250, 250, 250, 250, 452, 354, 250],
  },
  {
    name: 'declared too large',
    client: lines('EHLO x', 'MAIL FROM:<a@b> SIZE=100001', 'MAIL FROM:<a@b> SIZE=100000'),
    codes: [250, 552, 250],
  },
  {
    name: 'a size of twenty digits',
    client: lines('EHLO x', 'MAIL FROM:<a@b> SIZE=99999999999999999999'),
    codes: [250, 552],
  },

  {
    name: 'unknown commands',
    client: lines('FOO', '', ' ', 'BDATA', 'DATA2', 'NOOP'),
    codes: [500, 500, 500, 500, 500, 250],
  },
  {
    name: 'historic commands',
    client: lines('TURN', 'SEND FROM:<a@b>', 'SOML FROM:<a@b>', 'SAML FROM:<a@b>', 'NOOP'),
    codes: [502, 502, 502, 502, 250],
  },
  { name: 'EXPN', client: lines('EXPN staff', 'EXPN'), codes: [502, 501] },
  {
    name: 'arguments missing',
    client: lines('HELO', 'EHLO', 'VRFY', 'EHLO x', 'MAIL', 'MAIL FROM:', 'AUTH'),
    codes: [501, 501, 501, 250, 501, 501, 501],
  },
  {
    name: 'arguments not allowed',
    client: lines('RSET x', 'QUIT now', 'DATA x', 'STARTTLS x', 'NOOP'),
    codes: [501, 501, 501, 501, 250],
  },
  {
    name: 'a bad host name',
    client: lines(
      'EHLO a b',
      'EHLO <x>',
      'EHLO [300.1.1.1]',
      'EHLO a..b',
      'EHLO [127.0.0.1]',
      'EHLO [IPv6:::1]',
    ),
    codes: [501, 501, 501, 501, 250, 250],
  },
  {
    name: 'bad reverse-paths',
    client: lines(
      'EHLO x',
      'MAIL FROM <a@b>',
      'MAIL TO:<a@b>',
      'MAIL FROM:<a@b',
      'MAIL FROM:a@b>',
      'MAIL FROM:<a b@c>',
      'MAIL FROM:<a@>',
      'MAIL FROM:<@b>',
      'MAIL FROM:<a@b>x',
      'MAIL FROM:<a..b@c>',
      'MAIL FROM:<a>',
      'MAIL FROM:<a@b@c>',
      'MAIL FROM:<a@-.>',
      'MAIL FROM:<<a@b>>',
    ),
    codes: [250, ...Array(13).fill(501)],
    events: [],
  },
  {
    name: 'bad forward-paths',
    client: lines(
      ...MAIL,
      'RCPT TO:<>',
      'RCPT TO',
      'RCPT <a@b>',
      'RCPT TO:<bob>',
      'RCPT TO:<a@[1.2.3]>',
      'RCPT TO:<"a@b>',
    ),
    codes: [250, 250, 501, 501, 501, 501, 501, 501],
    events: ['mail <a@c.test>'],
  },
  {
    name: 'parameters',
    client: lines(
      'EHLO x',
      'MAIL FROM:<a@b> FOO=1',
      'MAIL FROM:<a@b> SIZE',
      'MAIL FROM:<a@b> SIZE=x',
      'MAIL FROM:<a@b> SIZE=1 size=1',
      'MAIL FROM:<a@b> BODY=MORSE',
      'MAIL FROM:<a@b> SIZE=1=2',
      'MAIL FROM:<a@b>',
      'RCPT TO:<a@b> FOO=NEVER',
    ),
    codes: [250, 555, 501, 501, 501, 501, 501, 250, 555],
  },
  {
    name: 'octets that have no place in a command',
    client: bytes('NO\0OP\r\nHELO x\x01\r\nNOOP\rQUIT\r\nNOOP\r\n'),
    codes: [500, 500, 500, 250],
  },
  {
    name: 'an address that is not ASCII',
    client: bytes(
      'EHLO x\r\nMAIL FROM:<\xc3\xa4@b>\r\nRCPT TO:<\xc3\xa4@b>\r\nMAIL FROM:<\xe4@b>\r\nNOOP \xc3\xa4\r\n',
    ),
    codes: [250, 553, 553, 500, 500],
  },
  {
    name: 'a command of 512 octets and of 513',
    client: lines(long(512, 'NOOP '), long(513, 'NOOP '), 'NOOP'),
    codes: [250, 500, 250],
  },
  {
    name: 'MAIL of 2,048 octets and of 2,049',
    client: lines(
      'EHLO x',
      long(2_048, 'MAIL FROM:<a@b> AUTH='),
      'RSET',
      long(2_049, 'MAIL FROM:<a@b> AUTH='),
      'NOOP',
    ),
    codes: [250, 250, 250, 500, 250],
  },
  {
    name: 'the rest of a line that is too long is no command',
    client: lines(`NOOP ${'x'.repeat(600)} QUIT`, 'NOOP'),
    codes: [500, 250],
  },
  {
    name: 'a path of more than 256 octets',
    client: lines('EHLO x', `MAIL FROM:<a@${'b.'.repeat(126)}b>`, `MAIL FROM:<a@${'b.'.repeat(125)}bb>`),
    codes: [250, 501, 250],
  },
  {
    name: 'a domain whose label is too long, or which is',
    client: lines(
      `EHLO ${LABEL}b`,
      `EHLO ${LABEL}`,
      `MAIL FROM:<a@${LABEL}b>`,
      `MAIL FROM:<a@${`${LABEL}.`.repeat(4)}bb>`,
      `MAIL FROM:<a@${LABEL}>`,
      `RCPT TO:<a@x.${LABEL}b.test>`,
      `RCPT TO:<a@${`${LABEL}.`.repeat(4)}bb>`,
      `RCPT TO:<a@x.${LABEL}.test>`,
    ),
    codes: [501, 250, 501, 501, 250, 501, 501, 250],
    events: [`mail <a@${LABEL}>`, `rcpt <a@x.${LABEL}.test>`],
  },
  {
    name: 'AUTH= where AUTH is never offered',
    client: lines('EHLO x', 'MAIL FROM:<a@b> AUTH=<>', 'MAIL FROM:<a@b> SIZE=1'),
    codes: [250, 555, 250],
    options: { auth: 'never' },
  },
  {
    name: 'AUTH= where AUTH is offered under TLS alone',
    client: lines('EHLO x', 'MAIL FROM:<a@b> AUTH=<>', 'STARTTLS', 'EHLO x', 'MAIL FROM:<a@b> AUTH=<>'),
    codes: [250, 555, 220, 250, 250],
    options: { auth: 'under-tls' },
  },
  { name: 'an HTTP request', client: lines('POST / HTTP/1.1', 'Host: x', '', 'EHLO x'), codes: [421] },
  { name: 'LHLO in SMTP', client: lines('LHLO x', 'LHLO', 'NOOP'), codes: [500, 500, 250] },
  {
    name: 'wrong commands without end',
    client: lines(...Array(200).fill('FOO')),
    codes: [...Array(99).fill(500), 421],
  },

  {
    name: 'STARTTLS forgets the hello',
    client: lines('EHLO x', 'STARTTLS', 'MAIL FROM:<a@b>', 'STARTTLS', 'EHLO x'),
    codes: [250, 220, 503, 503, 250],
    events: ['start-tls'],
  },
  {
    name: 'STARTTLS that is not offered',
    client: lines('EHLO x', 'STARTTLS'),
    codes: [250, 502],
    options: { startTls: false },
  },
];

for (const row of ROWS) {
  test(`smtp server: ${row.name}`, () => {
    for (const pieces of cuts(row.client)) {
      const played = play(pieces, row.options);
      assert.deepEqual(played.codes, row.codes);
      if (row.events) assert.deepEqual(played.events, row.events);
    }
  });
}

test('smtp server: every reply but to a hello and 354 has its enhanced status', () => {
  const { said } = play([
    lines(
      'HELO x',
      'FOO',
      'MAIL FROM:<a@b>',
      'RCPT TO:<nobody@x>',
      'RCPT TO:<a@x>',
      'DATA',
      '.',
      'EXPN x',
      'QUIT',
    ),
  ]);
  const without = said
    .split('\r\n')
    .filter((line) => line !== '' && !/^(\d)\d\d[ -]\1\.\d+\.\d+ /.test(line));
  assert.deepEqual(without, ['250 mx.test', '354 End data with <CR><LF>.<CR><LF>']);
});

test('smtp server: EHLO lists what is offered, by state', () => {
  const ehlo = (options: Partial<ServerOptions>) => play([lines('EHLO x')], options).said;
  assert.equal(
    ehlo({}),
    '250-mx.test\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n250-BINARYMIME\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n250-DSN\r\n250-DELIVERBY\r\n250-MT-PRIORITY\r\n250-LIMITS RCPTMAX=3\r\n250 8BITMIME\r\n',
  );
  assert.doesNotMatch(ehlo({ auth: 'under-tls' }), /AUTH/);
  assert.match(ehlo({ auth: 'under-tls', secure: true }), /250-AUTH PLAIN LOGIN\r\n/);
  assert.doesNotMatch(ehlo({ secure: true }), /STARTTLS/);
  assert.doesNotMatch(ehlo({ auth: 'never', secure: true }), /AUTH/);
});

test('smtp server: a line without end closes the connection', () => {
  const { codes, engine } = play(Array(40).fill(Buffer.alloc(65_536, 120)));
  assert.deepEqual(codes, [421]);
  assert.equal(engine.state, 'closed');
  assert.equal(engine.buffered, 0);
});

test('smtp server: refusals without end close the connection', () => {
  const { codes } = play(
    [lines('EHLO c.test', ...Array(1_200).fill('MAIL FROM:<a@b>'))],
    {},
    (event, engine) => {
      engine.refuse(NO_SUCH_USER);
      return event.type === 'mail';
    },
  );
  assert.deepEqual(codes.slice(1), [...Array(1_000).fill(550), 421]);
});

test('smtp server: who asks for the fiftieth address that is not there hears no more, however many are', () => {
  const asked = ['RCPT TO:<a@x>', 'RCPT TO:<nobody@x>', 'RSET', 'MAIL FROM:<a@b>'];
  const { codes, said } = play([lines(...MAIL, ...Array(60).fill(asked).flat())]);
  assert.equal(codes.filter((code) => code === 550).length, 50);
  assert.deepEqual(codes.slice(-3), [250, 550, 421]);
  assert.match(said, /421 4\.7\.0 .*\r\n$/);
});

test('smtp server: recipients refused for now are not counted as asked after', () => {
  const full = reply(452, '4.2.2', 'Full');
  const { codes } = play(
    [lines(...MAIL, ...Array(60).fill('RCPT TO:<a@x>'), 'NOOP')],
    {},
    (event, engine) => {
      if (event.type !== 'rcpt') return false;
      engine.refuse(full);
      return true;
    },
  );
  assert.deepEqual(codes.slice(2), [...Array(60).fill(452), 250]);
});

test('smtp server: LMTP says LHLO, and a reply for each recipient', () => {
  const client = lines(
    'EHLO x',
    'HELO x',
    'LHLO x',
    'MAIL FROM:<a@b>',
    'DATA',
    'RCPT TO:<a@x>',
    'RCPT TO:<nobody@x>',
    'RCPT TO:<b@x>',
    'DATA',
    'hi',
    '.',
    'MAIL FROM:<>',
    'RCPT TO:<a@x>',
    'RCPT TO:<b@x>',
    'DATA',
    'bare\nhi',
    '.',
    'QUIT',
  );
  for (const pieces of cuts(client)) {
    const { codes } = play(pieces, { protocol: 'lmtp' });
    assert.deepEqual(
      codes,
      [500, 500, 250, 250, 503, 250, 550, 250, 354, 250, 250, 250, 250, 250, 354, 550, 550, 221],
    );
  }
});

test('smtp server: draining says 421 between commands, and after the message under way', () => {
  const idle = play([lines('EHLO x')]).engine;
  idle.drain();
  assert.match(Buffer.concat(idle.takeOutput()).toString(), /^421 4\.3\.2 /);
  assert.equal(idle.state, 'closed');
  const busy = play([lines(...RCPT, 'DATA', 'half')]).engine;
  busy.drain();
  assert.equal(busy.state, 'data');
  busy.receive(lines('.', 'NOOP'));
  assert.equal((busy.next() as { type: string }).type, 'data-end');
  busy.accept();
  assert.equal(busy.next(), 'need-data');
  assert.match(Buffer.concat(busy.takeOutput()).toString(), /^250 2\.0\.0 Ok\r\n421 4\.3\.2 .*\r\n$/);
});
