import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MAX_REPLY_LINE_BYTES,
  MAX_REPLY_LINES,
  ReplyParser,
  replyText,
} from '../../../../shared/protocol/smtp/reply-parser.ts';
import { cuts } from './cuts.ts';

/** Text of each reply, or `!` and the fault. */
function parse(pieces: Iterable<Uint8Array>): string[] {
  const parser = new ReplyParser();
  const seen: string[] = [];
  for (const piece of pieces) {
    parser.receive(piece);
    for (;;) {
      const reply = parser.next();
      if (reply === 'need-data') break;
      if ('fault' in reply) {
        seen.push(`!${reply.fault}`);
        return seen;
      }
      seen.push(`${replyText(reply)} |${reply.enhanced ?? ''}|${reply.lines.length}`);
    }
  }
  return seen;
}

const table: [string, string, string[]][] = [
  ['one line', '250 2.1.0 ok\r\n', ['250 2.1.0 ok |2.1.0|1']],
  ['a code alone', '250\r\n', ['250 ||1']],
  ['a code and a space', '250 \r\n', ['250 ||1']],
  ['several lines', '250-a\r\n250-b\r\n250 c\r\n', ['250 a b c ||3']],
  ['a status said on each line', '550-5.7.1 no\r\n550 5.7.1 never\r\n', ['550 5.7.1 no never |5.7.1|2']],
  ['a status of another class', '550 4.7.1 no\r\n', ['550 4.7.1 no ||1']],
  ['a status glued to a word', '550 5.7.1no\r\n', ['550 5.7.1no ||1']],
  ['a status alone', '250 2.0.0\r\n', ['250 2.0.0 |2.0.0|1']],
  ['several replies', '250 a\r\n550 b\r\n354 c\r\n', ['250 a ||1', '550 b ||1', '354 c ||1']],
  ['a line ended by LF alone', '220 a\n250 b\r\n', ['220 a ||1', '250 b ||1']],
  ['control characters', '250 a\x07b\x1b[31mc\r\n', ['250 a?b?[31mc ||1']],
  ['UTF-8', '250 grüße\r\n', ['250 grüße ||1']],
  ['no number', 'hello\r\n', ['!a line that is no SMTP reply']],
  ['an empty line', '\r\n', ['!a line that is no SMTP reply']],
  ['too small a code', '150 a\r\n', ['!a line that is no SMTP reply']],
  ['too large a code', '650 a\r\n', ['!a line that is no SMTP reply']],
  ['four digits', '2500 a\r\n', ['!a line that is no SMTP reply']],
  ['codes that differ', '250-a\r\n251 b\r\n', ['!a reply whose lines have different codes']],
  [
    'a longest line',
    `250 ${'x'.repeat(MAX_REPLY_LINE_BYTES - 5)}\r\n`,
    [`250 ${'x'.repeat(MAX_REPLY_LINE_BYTES - 5)} ||1`],
  ],
  [
    'too long a line',
    `250 ${'x'.repeat(MAX_REPLY_LINE_BYTES)}\r\n`,
    [`!a reply line of more than ${MAX_REPLY_LINE_BYTES} bytes`],
  ],
  [
    'too long a line without an end',
    'x'.repeat(100_000),
    [`!a reply line of more than ${MAX_REPLY_LINE_BYTES} bytes`],
  ],
  [
    'too many lines',
    '250-a\r\n'.repeat(MAX_REPLY_LINES + 1),
    [`!a reply of more than ${MAX_REPLY_LINES} lines`],
  ],
  ['nothing', '', []],
  ['half a line', '250 o', []],
];

for (const [name, input, expected] of table) {
  test(`reply parser: ${name}`, () => {
    for (const pieces of cuts(Buffer.from(input, 'utf8'))) assert.deepEqual(parse(pieces), expected);
  });
}

test('reply parser: what is not handed out counts as buffered', () => {
  const parser = new ReplyParser();
  parser.receive(Buffer.from('220 a\r\n250-b\r\n25'));
  assert.equal(parser.buffered, 16);
  parser.next();
  assert.equal(parser.buffered, 9);
  assert.equal(parser.next(), 'need-data');
  assert.ok(parser.buffered > 0, 'a half line and an open reply');
  parser.receive(Buffer.from('0 c\r\n'));
  parser.next();
  assert.equal(parser.buffered, 0);
});
