import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ImapServerEngine } from '../../../../shared/protocol/imap/engine.ts';

/** What a session would see and send, one line each: `>` events, `<` output. */
function play(
  chunks: readonly Buffer[],
  state: 'not-authenticated' | 'authenticated' = 'authenticated',
): string[] {
  const engine = new ImapServerEngine();
  if (state === 'authenticated') engine.enter(state);
  const log: string[] = [];
  let tag = '';
  let message = '';
  const drain = (): void => {
    const output = Buffer.concat(engine.takeOutput()).toString('latin1');
    for (const line of output.split('\r\n').slice(0, -1)) log.push(`< ${line}`);
  };
  const run = (): void => {
    for (;;) {
      const event = engine.next();
      drain();
      if (event === 'need-data') return;
      assert.ok(event !== 'paused', 'the session forgot to answer');
      switch (event.type) {
        case 'command':
          tag = event.tag;
          log.push(`> ${tag} ${JSON.stringify(event.command)}`);
          if (event.command.name === 'IDLE') engine.idle();
          else if (event.command.name === 'AUTHENTICATE') engine.challenge('');
          else engine.tagged(tag, 'OK', 'done');
          break;
        case 'invalid':
          log.push(`> invalid ${event.tag}`);
          engine.tagged(event.tag === '*' && engine.idling ? tag : event.tag, 'BAD', event.text);
          break;
        case 'append':
          tag = event.tag;
          log.push(
            `> append ${tag} ${JSON.stringify(event.target)} ${JSON.stringify(event.message)} ${event.first}`,
          );
          engine.proceed();
          break;
        case 'append-literal':
          log.push(`> literal ${event.size}`);
          if (event.size > 1000) engine.refuseAppend(tag, 'NO', 'too big');
          else engine.proceed();
          message = '';
          break;
        case 'append-data':
          message += event.chunk.toString('latin1');
          if (event.last) log.push(`> message ${JSON.stringify(message)}`);
          break;
        case 'append-url':
          log.push(`> url ${event.url}`);
          if (event.url === 'bad') engine.refuseAppend(tag, 'NO', 'bad URL');
          else engine.proceed();
          break;
        case 'append-end':
          log.push(`> end ${event.tag}`);
          engine.tagged(event.tag, 'OK', 'appended');
          break;
        case 'response':
          log.push(`> response ${event.text}`);
          engine.tagged(tag, 'OK', 'in');
          break;
        case 'done':
          log.push('> done');
          engine.tagged(tag, 'OK', 'idled');
          break;
      }
    }
  };
  for (const chunk of chunks) {
    engine.receive(chunk);
    run();
  }
  drain();
  log.push(`= ${engine.buffered}`);
  return log;
}

/** A small generator of the same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function cuts(bytes: Buffer, next: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(next() * 9);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

const noop = (tag: string): string[] => [`> ${tag} {"name":"NOOP"}`, `< ${tag} OK done`];
const plain = '{"flags":[],"internalDate":null,"form":"literal"}';
const to = (mailbox: string): string => `{"command":"APPEND","mailbox":"${mailbox}"}`;

interface Case {
  readonly name: string;
  readonly input: string;
  readonly state?: 'not-authenticated';
  readonly log: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'one line', input: 'a NOOP\r\n', log: [...noop('a'), '= 0'] },
  { name: 'a bare LF ends a line too', input: 'a NOOP\n', log: [...noop('a'), '= 0'] },
  { name: 'pipelined', input: 'a NOOP\r\nb NOOP\r\nc NO', log: [...noop('a'), ...noop('b'), '= 4'] },
  { name: 'empty lines are passed over', input: '\r\n\r\na NOOP\r\n', log: [...noop('a'), '= 0'] },
  {
    name: 'a literal is asked for',
    input: 'a DELETE {3}\r\nx y\r\nb NOOP\r\n',
    log: ['< + OK', '> a {"name":"DELETE","mailbox":"x y"}', '< a OK done', ...noop('b'), '= 0'],
  },
  {
    name: 'a literal that comes unasked',
    input: 'a RENAME {1+}\r\nx {2+}\r\ny\n\r\n',
    log: ['> invalid a', '< a BAD The mailbox name is not modified UTF-7', '= 0'],
  },
  {
    name: 'a literal of no bytes',
    input: 'a SEARCH TEXT {0}\r\n\r\n',
    log: ['< + OK', '> invalid a', '< a BAD Select a mailbox first', '= 0'],
  },
  {
    name: 'a literal before log-in: small',
    state: 'not-authenticated',
    input: 'a LOGIN {1+}\r\nx {8191}\r\n',
    log: ['< + OK', `= ${'a LOGIN {1+}\r\n {8191}\r\n'.length + 8192}`],
  },
  {
    name: 'a literal before log-in: too large, waits',
    state: 'not-authenticated',
    input: 'a LOGIN {8193}\r\nb NOOP\r\n',
    log: ['> invalid a', '< a BAD [TOOBIG] Literal too large', ...noop('b'), '= 0'],
  },
  {
    name: 'a literal before log-in: too large, comes unasked',
    state: 'not-authenticated',
    input: `a LOGIN {8193+}\r\n${'x'.repeat(8193)} {1+}\r\ny\r\nb NOOP\r\n`,
    log: ['> invalid a', '< a BAD [TOOBIG] Literal too large', ...noop('b'), '= 0'],
  },
  {
    name: 'literals too large together',
    state: 'not-authenticated',
    input: `a LOGIN {5000}\r\n${'x'.repeat(5000)} {5000}\r\nb NOOP\r\n`,
    log: ['< + OK', '> invalid a', '< a BAD [TOOBIG] Literal too large', ...noop('b'), '= 0'],
  },
  {
    name: 'a literal of absurd size',
    input: 'a DELETE {99999999999999999999}\r\nb NOOP\r\n',
    log: ['> invalid a', '< a BAD [TOOBIG] Literal too large', ...noop('b'), '= 0'],
  },
  {
    name: 'a line too long',
    input: `a NOOP ${'x'.repeat(70_000)}\r\nb NOOP\r\n`,
    log: ['> invalid a', '< a BAD [TOOBIG] Command line too long', ...noop('b'), '= 0'],
  },
  {
    name: 'an order that is none',
    input: 'a SELECT x\r\nb FETCH 1 FLAGS\r\nc LOGIN x y\r\n',
    log: [
      '> a {"name":"SELECT","mailbox":"x"}',
      '< a OK done',
      '> invalid b',
      '< b BAD Select a mailbox first',
      '> invalid c',
      '< c BAD Already logged in',
      '= 0',
    ],
  },
  {
    name: 'before log-in',
    state: 'not-authenticated',
    input: 'a SELECT x\r\nb APPEND x {2+}\r\nhi\r\nc NOOP\r\n',
    log: [
      '> invalid a',
      '< a BAD Log in first',
      '> invalid b',
      '< b BAD Expected a literal',
      ...noop('c'),
      '= 0',
    ],
  },
  {
    name: 'APPEND',
    input: 'a APPEND Sent (\\Seen $x) " 7-Feb-1994 21:52:25 -0800" {5}\r\nhello\r\nb NOOP\r\n',
    log: [
      `> append a ${to('Sent')} {"flags":["\\\\Seen","$x"],"internalDate":760686745000,"form":"literal"} true`,
      '> literal 5',
      '< + OK',
      '> message "hello"',
      '> end a',
      '< a OK appended',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'APPEND, the name a literal, the message unasked',
    input: 'a APPEND {4}\r\nSent {2+}\r\n\r\n\r\n',
    log: [
      '< + OK',
      `> append a ${to('Sent')} ${plain} true`,
      '> literal 2',
      '> message "\\r\\n"',
      '> end a',
      '< a OK appended',
      '= 0',
    ],
  },
  {
    name: 'APPEND of several messages',
    input: 'a APPEND x {1+}\r\na (\\Seen) {1+}\r\nb\r\n',
    log: [
      `> append a ${to('x')} ${plain} true`,
      '> literal 1',
      '> message "a"',
      `> append a ${to('x')} {"flags":["\\\\Seen"],"internalDate":null,"form":"literal"} false`,
      '> literal 1',
      '> message "b"',
      '> end a',
      '< a OK appended',
      '= 0',
    ],
  },
  {
    name: 'APPEND, binary and UTF-8',
    input:
      'a APPEND x ~{3+}\r\nf\0o\r\nb APPEND x (\\Seen) UTF8 (~{2}\r\n\xc3\xa4)\r\nc APPEND x UTF8 (~{1+}\r\nx) UTF8 (~{1+}\r\ny)\r\n',
    log: [
      `> append a ${to('x')} ${plain} true`,
      '> literal 3',
      '> message "f\\u0000o"',
      '> end a',
      '< a OK appended',
      `> append b ${to('x')} {"flags":["\\\\Seen"],"internalDate":null,"form":"utf8"} true`,
      '> literal 2',
      '< + OK',
      '> message "\xc3\xa4"',
      '> end b',
      '< b OK appended',
      `> append c ${to('x')} {"flags":[],"internalDate":null,"form":"utf8"} true`,
      '> literal 1',
      '> message "x"',
      `> append c ${to('x')} {"flags":[],"internalDate":null,"form":"utf8"} false`,
      '> literal 1',
      '> message "y"',
      '> end c',
      '< c OK appended',
      '= 0',
    ],
  },
  {
    name: 'APPEND CATENATE',
    input:
      'a APPEND {1+}\r\nx CATENATE (URL "/a b/;UID=1" TEXT {2}\r\nhi URL {3+}\r\n/;x UTF8 (~{1+}\r\ny)) (\\Seen) CATENATE (URL /z)\r\nb NOOP\r\n',
    log: [
      `> append a ${to('x')} {"flags":[],"internalDate":null,"form":"catenate"} true`,
      '> url /a b/;UID=1',
      '> literal 2',
      '< + OK',
      '> message "hi"',
      '> url /;x',
      '> literal 1',
      '> message "y"',
      `> append a ${to('x')} {"flags":["\\\\Seen"],"internalDate":null,"form":"catenate"} false`,
      '> url /z',
      '> end a',
      '< a OK appended',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'CATENATE with a bad URL before a literal that comes unasked',
    input: 'a APPEND x CATENATE (URL bad TEXT {9+}\r\n1234\r\n789 URL y TEXT {2+}\r\n\r\n)\r\nb NOOP\r\n',
    log: [
      `> append a ${to('x')} {"flags":[],"internalDate":null,"form":"catenate"} true`,
      '> url bad',
      '< a NO bad URL',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'CATENATE with a bad URL before a literal that waits',
    input: 'a APPEND x CATENATE (URL bad TEXT {9}\r\nb NOOP\r\n',
    log: [
      `> append a ${to('x')} {"flags":[],"internalDate":null,"form":"catenate"} true`,
      '> url bad',
      '< a NO bad URL',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'CATENATE with what is no part, and without an end',
    input: 'a APPEND x CATENATE (FILE y)\r\nb APPEND x CATENATE (URL y\r\nc NOOP\r\n',
    log: [
      `> append a ${to('x')} {"flags":[],"internalDate":null,"form":"catenate"} true`,
      '> invalid a',
      '< a BAD Expected TEXT or URL',
      `> append b ${to('x')} {"flags":[],"internalDate":null,"form":"catenate"} true`,
      '> url y',
      '> invalid b',
      '< b BAD Expected a space at the end of the command',
      ...noop('c'),
      '= 0',
    ],
  },
  {
    name: 'a URL that is too long is passed over',
    input: `a APPEND x CATENATE (URL {8193+}\r\n${'u'.repeat(8_193)} TEXT {3+}\r\nabc)\r\nb NOOP\r\n`,
    log: [
      `> append a ${to('x')} {"flags":[],"internalDate":null,"form":"catenate"} true`,
      '> invalid a',
      '< a BAD [TOOBIG] Literal too large',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'REPLACE of the selected mailbox only, and by one message',
    input:
      'a REPLACE 1 x {2+}\r\nhi\r\nb UID REPLACE 7 x {4}\r\nc APPEND\r\nd REPLACE 0 x {1+}\r\ny\r\ne UID APPEND x {1+}\r\ny\r\n',
    log: [
      '> invalid a',
      '< a BAD Select a mailbox first',
      '> invalid b',
      '< b BAD Select a mailbox first',
      '> invalid c',
      '< c BAD Expected a literal',
      '> invalid d',
      '< d BAD Expected a number above zero at byte 12',
      '> invalid e',
      '< e BAD Unknown command',
      '= 0',
    ],
  },
  {
    name: 'a literal has no minus',
    input: 'a DELETE {3-}\r\nb NOOP\r\n',
    log: ['> invalid a', "< a BAD Expected '}' at byte 12", ...noop('b'), '= 0'],
  },
  {
    name: 'APPEND refused, waiting',
    input: 'a APPEND x {1001}\r\nb NOOP\r\n',
    log: [`> append a ${to('x')} ${plain} true`, '> literal 1001', '< a NO too big', ...noop('b'), '= 0'],
  },
  {
    name: 'APPEND refused, unasked',
    input: `a APPEND x {1001+}\r\n${'a NOOP\r\n'.repeat(125)}x\r\nb NOOP\r\n`,
    log: [`> append a ${to('x')} ${plain} true`, '> literal 1001', '< a NO too big', ...noop('b'), '= 0'],
  },
  {
    name: 'APPEND with a wrong date',
    input: 'a APPEND x "yesterday" {2+}\r\nhi\r\nb NOOP\r\n',
    log: ['> invalid a', '< a BAD Invalid date-time', ...noop('b'), '= 0'],
  },
  {
    name: 'APPEND with bytes after the message',
    input: 'a APPEND x {2+}\r\nhi there\r\nb NOOP\r\n',
    log: [
      `> append a ${to('x')} ${plain} true`,
      '> literal 2',
      '> message "hi"',
      '> invalid a',
      '< a BAD Expected a literal',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'IDLE and DONE in one go',
    input: 'a IDLE\r\nDONE\r\nb NOOP\r\n',
    log: ['> a {"name":"IDLE"}', '< + idling', '> done', '< a OK idled', ...noop('b'), '= 0'],
  },
  {
    name: 'IDLE ended by a command',
    input: 'a IDLE\r\nb NOOP\r\nc NOOP\r\n',
    log: ['> a {"name":"IDLE"}', '< + idling', '> invalid *', '< a BAD Expected DONE', ...noop('c'), '= 0'],
  },
  {
    name: 'AUTHENTICATE',
    state: 'not-authenticated',
    input: 'a AUTHENTICATE PLAIN\r\nAGEAYg==\r\nb NOOP\r\n',
    log: [
      '> a {"name":"AUTHENTICATE","mechanism":"PLAIN"}',
      '< + ',
      '> response AGEAYg==',
      '< a OK in',
      ...noop('b'),
      '= 0',
    ],
  },
  {
    name: 'what is no IMAP at all',
    state: 'not-authenticated',
    input: 'GET / HTTP/1.1\r\n\x16\x03\x01\r\n"{\r\n(((\r\n',
    log: [
      '> invalid GET',
      '< GET BAD Unknown command',
      '> invalid *',
      '< * BAD Expected a tag at byte 1',
      '> invalid *',
      '< * BAD Expected a tag at byte 1',
      '> invalid *',
      '< * BAD Expected a tag at byte 1',
      '= 0',
    ],
  },
];

describe('ImapServerEngine', () => {
  for (const { name, input, state, log } of CASES) {
    const bytes = Buffer.from(input, 'latin1');
    test(`${name}: whole`, () => assert.deepEqual(play([bytes], state), log));
    test(`${name}: byte by byte`, () => {
      assert.deepEqual(
        play(
          Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1)),
          state,
        ),
        log,
      );
    });
    test(`${name}: cut at random`, () => {
      for (let seed = 1; seed <= 20; seed += 1) assert.deepEqual(play(cuts(bytes, random(seed)), state), log);
    });
  }

  test('a goodbye is the last word', () => {
    const engine = new ImapServerEngine();
    engine.receive(Buffer.from('a NOOP\r\n'));
    engine.bye('enough');
    engine.bye('really');
    assert.equal(engine.next(), 'need-data');
    assert.equal(Buffer.concat(engine.takeOutput()).toString(), '* BYE enough\r\n');
    assert.equal(engine.state, 'closed');
  });

  test('random bytes end in an answer, never in an exception', () => {
    const next = random(7);
    const words = [
      'a ',
      'FETCH ',
      '1:* ',
      '(',
      ')',
      '"',
      '\\',
      '{3}',
      '{3+}',
      '\r\n',
      'BODY[',
      ']',
      'SEARCH ',
      'NOT ',
      'APPEND x ',
      '\0',
      'é',
      'IDLE',
      'UID ',
      'LIST ',
      '%*',
      '&-',
    ];
    for (let round = 0; round < 300; round += 1) {
      let text = '';
      for (let at = 0; at < 40; at += 1) text += words[Math.floor(next() * words.length)];
      play(cuts(Buffer.from(text, 'latin1'), next));
    }
  });
});
