import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../../../shared/protocol/smtp/server-events.ts';
import { reply } from '../../../../shared/protocol/smtp/server-reply.ts';
import { cuts } from './cuts.ts';
import { bytes, play } from './server-play.ts';

const MAIL = 'EHLO c\r\nMAIL FROM:<a@c>\r\n';
const START = `${MAIL}RCPT TO:<b@d>\r\n`;
const BINARY = 'EHLO c\r\nMAIL FROM:<a@c> BODY=BINARYMIME\r\nRCPT TO:<b@d>\r\n';
const chunk = (octets: string, last?: 'LAST') => `BDAT ${octets.length}${last ? ' LAST' : ''}\r\n${octets}`;

interface Row {
  readonly name: string;
  readonly client: string;
  readonly codes: readonly number[];
  readonly messages?: readonly string[];
  readonly events?: readonly string[];
  readonly options?: Partial<ServerOptions>;
}

const TAKEN = ['mail <a@c>', 'rcpt <b@d>'];

const ROWS: readonly Row[] = [
  {
    name: 'one chunk',
    client: `${START}${chunk('Subject: x\r\n\r\n.\r\n..\r\n', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 250, 250],
    messages: ['Subject: x\r\n\r\n.\r\n..\r\n'],
    events: [...TAKEN, 'data-end 21'],
  },
  {
    name: 'several chunks, a line end cut in two, an empty last one',
    client: `${START}${chunk('one\r')}${chunk('\ntwo\r\n')}bdat 0 last\r\nNOOP\r\n`,
    codes: [250, 250, 250, 250, 250, 250, 250],
    messages: ['one\r\ntwo\r\n'],
  },
  {
    name: 'two messages',
    client: `${START}${chunk('one\r\n', 'LAST')}MAIL FROM:<>\r\nRCPT TO:<c@d>\r\nDATA\r\ntwo\r\n.\r\n`,
    codes: [250, 250, 250, 250, 250, 250, 354, 250],
    messages: ['one\r\n', 'two\r\n'],
  },
  {
    name: 'an end of data within a chunk ends nothing',
    client: `${START}${chunk('one\r\n.\r\nQUIT\r\nMAIL FROM:<evil@c>\r\n', 'LAST')}QUIT\r\n`,
    codes: [250, 250, 250, 250, 221],
    messages: ['one\r\n.\r\nQUIT\r\nMAIL FROM:<evil@c>\r\n'],
  },
  {
    name: 'a CR or LF that stands alone refuses the message, and only its octets are dropped',
    client: `${START}${chunk('one\n.\nMAIL FROM:<evil@c>\r\n')}${chunk('x\r\n', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 550, 503, 250],
    messages: [],
    events: [...TAKEN, 'data-refused'],
  },
  {
    name: 'a CR at the end of a chunk that the next one does not complete',
    client: `${START}${chunk('one\r')}${chunk('.\r\n', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 250, 550, 250],
    messages: [],
  },
  {
    name: 'a CR at the end of the message',
    client: `${START}${chunk('one\r', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 550, 250],
    messages: [],
  },
  {
    name: 'what is declared binary is taken as it is',
    client: `${BINARY}${chunk('one\n.\n\0\r', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 250, 250],
    messages: ['one\n.\n\0\r'],
    events: ['mail <a@c> binary', 'rcpt <b@d>', 'data-end 8 binary'],
  },
  {
    name: 'what is declared binary and is text counts as text',
    client: `${BINARY}${chunk('\xe4\r\n', 'LAST')}`,
    codes: [250, 250, 250, 250],
    events: ['mail <a@c> binary', 'rcpt <b@d>', 'data-end 3 8bit'],
  },
  {
    name: 'DATA for what is declared binary',
    client: `${BINARY}DATA\r\n${chunk('x\r\n', 'LAST')}`,
    codes: [250, 250, 250, 503, 250],
  },
  {
    name: 'after a chunk nothing but chunks, NOOP and RSET',
    client: `${START}${chunk('one\r\n')}DATA\r\nRCPT TO:<c@d>\r\nMAIL FROM:<x@y>\r\nNOOP\r\nRSET\r\n${chunk('x', 'LAST')}`,
    codes: [250, 250, 250, 250, 503, 503, 503, 250, 250, 503],
    messages: [],
    events: [...TAKEN, 'reset'],
  },
  {
    name: 'without hello, MAIL or recipient the octets are dropped',
    client: `${chunk('QUIT\r\n')}EHLO c\r\n${chunk('QUIT\r\n', 'LAST')}MAIL FROM:<a@c>\r\n${chunk('QUIT\r\n', 'LAST')}RCPT TO:<nobody@d>\r\n${chunk('QUIT\r\n')}NOOP\r\n`,
    codes: [503, 250, 503, 250, 503, 550, 554, 250],
    messages: [],
  },
  {
    name: 'too large over several chunks',
    client: `${START}${chunk('0123456789\r\n'.repeat(6_000))}${chunk('0123456789\r\n'.repeat(6_000))}${chunk('x', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 250, 552, 503, 250],
    messages: [],
  },
  {
    name: 'a chunk without a readable size closes the connection: its end is not known',
    client: `${START}BDAT x LAST\r\nNOOP\r\n`,
    codes: [250, 250, 250, 421],
  },
  {
    name: 'a chunk beyond all bounds closes the connection',
    client: `${START}BDAT 99999999999999\r\n`,
    codes: [250, 250, 250, 421],
  },
  {
    name: 'LMTP replies for each recipient after the last chunk, and once before it',
    client: `LHLO c\r\nMAIL FROM:<a@c>\r\nRCPT TO:<a@d>\r\nRCPT TO:<b@d>\r\n${chunk('one\r\n')}${chunk('two\r\n', 'LAST')}MAIL FROM:<a@c>\r\nRCPT TO:<a@d>\r\nRCPT TO:<b@d>\r\n${chunk('a\nb', 'LAST')}NOOP\r\n`,
    codes: [250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 550, 550, 250],
    options: { protocol: 'lmtp' },
  },
];

for (const row of ROWS) {
  test(`smtp chunking: ${row.name}`, () => {
    const wire = bytes(row.client);
    for (const pieces of wire.length > 10_000 ? [[wire]] : cuts(wire)) {
      const played = play(pieces, row.options);
      assert.deepEqual(played.codes, row.codes);
      if (row.messages) assert.deepEqual(played.messages, row.messages);
      if (row.events) assert.deepEqual(played.events, row.events);
    }
  });
}

test('smtp chunking: the session may refuse before and within the message', () => {
  const no = reply(554, '5.4.6', 'Too many hops');
  for (const pieces of cuts(bytes(`${START}${chunk('one\r\n')}${chunk('two\r\n', 'LAST')}NOOP\r\n`))) {
    const atStart = play(pieces, {}, (event, engine) => {
      if (event.type !== 'data-start') return false;
      engine.refuse(no);
      return true;
    });
    assert.deepEqual(atStart.codes, [250, 250, 250, 554, 503, 250]);
    const within = play(pieces, {}, (event, engine) => {
      if (event.type === 'data') engine.refuseData(no);
      return false;
    });
    assert.deepEqual(within.codes, [250, 250, 250, 554, 503, 250]);
    assert.deepEqual(within.events.at(-1), 'data-refused');
  }
});

test('smtp chunking: a chunk is handed over without a copy', () => {
  const { engine } = play([bytes(START)]);
  const wire = bytes(chunk('one\r\n', 'LAST'));
  engine.receive(wire);
  assert.equal((engine.next() as { type: string }).type, 'data-start');
  engine.accept();
  const event = engine.next();
  assert.ok(typeof event === 'object' && event.type === 'data');
  assert.equal(event.chunk.buffer, wire.buffer);
});
