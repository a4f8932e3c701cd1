import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataEncoder } from '../../../../shared/protocol/smtp/client-data.ts';
import { cuts } from './cuts.ts';

const table: [string, string, string][] = [
  ['nothing', '', '.\r\n'],
  ['plain lines', 'a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
  ['no line end at the end', 'a', 'a\r\n.\r\n'],
  ['a CR at the end', 'a\r', 'a\r\n.\r\n'],
  ['a dot first', '.', '..\r\n.\r\n'],
  ['a dot line', 'a\r\n.\r\nb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
  ['two dots', '..\r\n', '...\r\n.\r\n'],
  ['a dot inside a line', 'a.b\r\n', 'a.b\r\n.\r\n'],
  ['a lone LF', 'a\nb', 'a\r\nb\r\n.\r\n'],
  ['a lone CR', 'a\rb', 'a\r\nb\r\n.\r\n'],
  ['LF.LF', 'a\n.\nMAIL FROM:<x@y>\n', 'a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n'],
  ['CR.CR', 'a\r.\rMAIL', 'a\r\n..\r\nMAIL\r\n.\r\n'],
  ['LF.CRLF', 'a\n.\r\nMAIL', 'a\r\n..\r\nMAIL\r\n.\r\n'],
  ['CRLF.LF', 'a\r\n.\nMAIL', 'a\r\n..\r\nMAIL\r\n.\r\n'],
  ['CR CRLF', 'a\r\r\nb', 'a\r\n\r\nb\r\n.\r\n'],
  ['only CRs', '\r\r\r', '\r\n\r\n\r\n.\r\n'],
  ['only LFs', '\n\n', '\r\n\r\n.\r\n'],
  ['CR dots', '\r.\r.\r.', '\r\n..\r\n..\r\n..\r\n.\r\n'],
];

const X998 = 'x'.repeat(998);
const Y997 = 'y'.repeat(997);
const long: [string, string, string][] = [
  ['of 998 octets', `${X998}\r\na`, `${X998}\r\na\r\n.\r\n`],
  ['of 998 octets without end', X998, `${X998}\r\n.\r\n`],
  ['of 998 octets and a lone CR', `${X998}\ra`, `${X998}\r\na\r\n.\r\n`],
  ['of 998 octets and a lone LF', `${X998}\na`, `${X998}\r\na\r\n.\r\n`],
  ['of 999 octets', `a\r\n${X998}z\r\n`, `a\r\n${X998}\r\n z\r\n.\r\n`],
  ['broken twice', `${X998}${Y997}z\r\n`, `${X998}\r\n ${Y997}\r\n z\r\n.\r\n`],
  ['broken once, to its limit', `${X998}${Y997}\r\nb`, `${X998}\r\n ${Y997}\r\nb\r\n.\r\n`],
  ['broken before a dot', `${X998}.\r\n`, `${X998}\r\n .\r\n.\r\n`],
  ['whose added dot does not count', `.${Y997}\r\n`, `..${Y997}\r\n.\r\n`],
  ['whose first dot does', `.${Y997}z`, `..${Y997}\r\n z\r\n.\r\n`],
  ['after a line of any length', `${'x'.repeat(500)}\r${X998}`, `${'x'.repeat(500)}\r\n${X998}\r\n.\r\n`],
];

function encode(pieces: Iterable<Uint8Array>): string {
  const encoder = new DataEncoder();
  const out: Uint8Array[] = [];
  for (const piece of pieces) out.push(Uint8Array.from(encoder.write(piece)));
  out.push(encoder.end());
  return Buffer.concat(out).toString('latin1');
}

for (const [name, input, expected] of table) {
  test(`data encoder: ${name}`, () => {
    for (const pieces of cuts(Buffer.from(input, 'latin1'))) assert.equal(encode(pieces), expected);
  });
}

for (const [name, input, expected] of long) {
  test(`data encoder: a line ${name}`, () => {
    for (const pieces of cuts(Buffer.from(input, 'latin1'))) assert.equal(encode(pieces), expected);
  });
}

test('data encoder: a message of one line goes out in lines of 998 octets at most, nothing lost', () => {
  const input = Buffer.alloc(1_000_000, 'abcdefghijklm.');
  const lines = encode([input.subarray(0, 300_001), input.subarray(300_001)]).split('\r\n');
  assert.deepEqual(lines.slice(-2), ['.', '']);
  assert.ok(lines.every((line) => line.length <= 998));
  assert.equal(lines.slice(0, -2).join('').replaceAll(' ', ''), input.toString('latin1'));
});

test('data encoder: the encoder of the next message counts anew', () => {
  const encoder = new DataEncoder();
  encoder.write(Buffer.from(X998));
  encoder.end();
  const chunk = Buffer.from(X998);
  assert.equal(encoder.write(chunk), chunk);
});

test('data encoder: no mix of CR, LF and dots ends the message early, and a strict receiver reads it back', () => {
  let state = 3;
  for (let round = 0; round < 3_000; round++) {
    let input = '';
    for (let i = 0; i < 12; i++) {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
      input += '\r\n.a'[(state >> 10) & 3];
    }
    for (const pieces of cuts(Buffer.from(input, 'latin1'), round)) {
      const output = encode(pieces);
      assert.doesNotMatch(output, /\r(?!\n)|(?<!\r)\n/, JSON.stringify(input));
      assert.equal(`\r\n${output}`.indexOf('\r\n.\r\n'), output.length - 3, JSON.stringify(input));
      const lines = input.replace(/\r\n|\r|\n/g, '\r\n');
      const message = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
      assert.equal(output.slice(0, -3).replace(/^\./gm, ''), message);
    }
  }
});

test('data encoder: bytes without anything to change go out uncopied', () => {
  const encoder = new DataEncoder();
  const chunk = Buffer.from('a line\r\nanother\r\n');
  assert.equal(encoder.write(chunk), chunk);
});
