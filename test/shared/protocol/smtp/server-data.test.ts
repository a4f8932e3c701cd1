import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reply } from '../../../../shared/protocol/smtp/server-reply.ts';
import { cuts } from './cuts.ts';
import { bytes, lines, play } from './server-play.ts';

const START = 'EHLO c\r\nMAIL FROM:<a@c>\r\nRCPT TO:<b@d>\r\nDATA\r\n';

const MESSAGES: readonly [name: string, wire: string, message: string][] = [
  ['empty', '.\r\n', ''],
  ['an empty line', '\r\n.\r\n', '\r\n'],
  ['header and body', 'Subject: x\r\n\r\nhi\r\n.\r\n', 'Subject: x\r\n\r\nhi\r\n'],
  ['stuffed dots', '..\r\n...\r\n..a\r\n.b\r\na.\r\n.\r\n', '.\r\n..\r\n.a\r\nb\r\na.\r\n'],
  ['dots within lines', 'a..b.\r\n .\r\n.\r\n', 'a..b.\r\n .\r\n'],
  ['a line far longer than 1,000 octets', `${'x'.repeat(5_000)}\r\n.\r\n`, `${'x'.repeat(5_000)}\r\n`],
  ['all octets but CR and LF', `${octets()}\r\n.\r\n`, `${octets()}\r\n`],
];

function octets(): string {
  return Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))
    .filter((character) => !'\r\n'.includes(character))
    .join('');
}

for (const [name, wire, message] of MESSAGES) {
  test(`smtp data: ${name}`, () => {
    for (const pieces of cuts(bytes(`${START}${wire}NOOP\r\n`))) {
      const played = play(pieces);
      assert.deepEqual(played.messages, [message]);
      assert.deepEqual(played.codes, [250, 250, 250, 354, 250, 250]);
      assert.equal(
        played.events.at(-1),
        `data-end ${message.length}${/[\x80-\xff]/.test(message) ? ' 8bit' : ''}`,
      );
    }
  });
}

const SECOND = 'MAIL FROM:<evil@c>\r\nRCPT TO:<b@d>\r\nDATA\r\nsmuggled\r\n';

/** Ends of data that some server, somewhere, takes for one. */
const NO_END: readonly [name: string, wire: string][] = [
  ['LF.LF', '\n.\n'],
  ['LF.CRLF', '\n.\r\n'],
  ['CRLF.LF', '\r\n.\n'],
  ['CR.CR', '\r.\r'],
  ['CR.CRLF', '\r.\r\n'],
  ['CRLF.CR', '\r\n.\r'],
  ['CR.LF', '\r.\n'],
  ['LF.CR', '\n.\r'],
  ['CRLF.CRCRLF', '\r\n.\r\r\n'],
  ['CRCRLF.CRLF', 'x\r\r\n.\rx\r\n'],
  ['CRLF NUL.CRLF', '\r\n\0.\r\nx\n'],
  ['a bare LF', 'a\nb'],
  ['a bare CR', 'a\rb'],
  ['LF first', '\nab'],
  ['CR last in the message', 'ab\r'],
];

for (const [name, wire] of NO_END) {
  test(`smtp data: ${name} ends no message, and the message is refused`, () => {
    for (const pieces of cuts(bytes(`${START}one${wire}${SECOND}\r\n.\r\nNOOP\r\n`))) {
      const played = play(pieces);
      assert.deepEqual(played.codes, [250, 250, 250, 354, 550, 250]);
      assert.match(played.said, /\r\n550 5\.6\.11 /);
      assert.deepEqual(played.messages, []);
      assert.deepEqual(played.events, ['mail <a@c>', 'rcpt <b@d>', 'data-refused']);
    }
  });
}

test('smtp data: a message that is too large is swallowed to its end', () => {
  const wire = bytes(`${START}${'0123456789\r\n'.repeat(9_000)}.\r\nNOOP\r\n`);
  const pieces = Array.from({ length: Math.ceil(wire.length / 1_000) }, (_, i) =>
    wire.subarray(i * 1_000, i * 1_000 + 1_000),
  );
  const played = play(pieces);
  assert.deepEqual(played.codes, [250, 250, 250, 354, 552, 250]);
  assert.match(played.said, /\r\n552 5\.3\.4 /);
  assert.deepEqual(played.events.at(-1), 'data-refused');
});

test('smtp data: a message of exactly the limit is taken', () => {
  const message = `${'x'.repeat(99_998)}\r\n`;
  assert.deepEqual(play([bytes(`${START}${message}.\r\n`)]).codes.at(-1), 250);
  assert.deepEqual(play([bytes(`${START}x${message}.\r\n`)]).codes.at(-1), 552);
});

test('smtp data: the session may refuse a message while it comes in', () => {
  const loop = reply(554, '5.4.6', 'Too many hops');
  const wire = bytes(`${START}one\r\ntwo\r\n.\r\nNOOP\r\n`);
  for (const pieces of cuts(wire)) {
    const played = play(pieces, {}, (event, engine) => {
      if (event.type === 'data') engine.refuseData(loop);
      return false;
    });
    assert.deepEqual(played.codes, [250, 250, 250, 354, 554, 250]);
    assert.deepEqual(played.events.at(-1), 'data-refused');
  }
});

test('smtp data: content without stuffed dots is handed over without a copy', () => {
  const { engine } = play([bytes(START)]);
  const chunk = lines('one', 'two');
  engine.receive(chunk);
  const event = engine.next();
  assert.ok(typeof event === 'object' && event.type === 'data');
  assert.equal(event.chunk.buffer, chunk.buffer);
});
