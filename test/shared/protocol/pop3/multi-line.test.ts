import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MultiLineEncoder } from '../../../../shared/protocol/pop3/multi-line.ts';
import { waysToCut } from './cuts.ts';

function encode(pieces: readonly Buffer[], bodyLines?: number): { text: string; octets: number } {
  const encoder = new MultiLineEncoder(bodyLines);
  const out: Uint8Array[] = [];
  for (const piece of pieces) out.push(...encoder.write(piece));
  out.push(...encoder.end());
  return { text: Buffer.concat(out).toString('latin1'), octets: encoder.octets };
}

const WHOLE: readonly (readonly [name: string, message: string, sent: string])[] = [
  ['an empty message', '', ''],
  ['lines without dots', 'a: b\r\n\r\nbody\r\n', 'a: b\r\n\r\nbody\r\n'],
  ['dots at line starts', '.a\r\n..b\r\nc.d\r\n.\r\n', '..a\r\n...b\r\nc.d\r\n..\r\n'],
  ['lone LF becomes CRLF', 'a\nb\n\n.\nc\n', 'a\r\nb\r\n\r\n..\r\nc\r\n'],
  ['mixed line ends', 'a\r\nb\nc\r\n', 'a\r\nb\r\nc\r\n'],
  ['an unfinished last line is ended', 'a\r\nb', 'a\r\nb\r\n'],
  ['a lone dot, unfinished', '.', '..\r\n'],
  ['a message that ends in CR', 'a\r', 'a\r\n'],
  ['a lone CR is no line end', 'a\r.b\r\n', 'a\r.b\r\n'],
  ['CR CR LF', 'a\r\r\nb\r\n', 'a\r\r\nb\r\n'],
  ['octets above 127', '\xff.\r\n.\xff\r\n', '\xff.\r\n..\xff\r\n'],
];

for (const [name, message, sent] of WHOLE) {
  test(`multi-line: ${name}`, () => {
    const stuffing = sent.split('\r\n').filter((line) => line.startsWith('..')).length;
    for (const pieces of waysToCut(Buffer.from(message, 'latin1'))) {
      assert.deepEqual(encode(pieces), { text: sent, octets: sent.length - stuffing });
    }
  });
}

const TOP: readonly (readonly [name: string, message: string, lines: number, sent: string])[] = [
  ['no body lines', 'a: b\r\nc: d\r\n\r\n1\r\n2\r\n', 0, 'a: b\r\nc: d\r\n\r\n'],
  ['one body line', 'a: b\r\n\r\n1\r\n2\r\n', 1, 'a: b\r\n\r\n1\r\n'],
  ['a blank body line counts', 'a: b\r\n\r\n\r\n2\r\n', 1, 'a: b\r\n\r\n\r\n'],
  ['more lines than there are', 'a: b\r\n\r\n1\r\n2', 9, 'a: b\r\n\r\n1\r\n2\r\n'],
  ['no body at all', 'a: b\r\n', 3, 'a: b\r\n'],
  ['no header', '\r\n1\r\n2\r\n', 1, '\r\n1\r\n'],
  ['lone LF', 'a: b\n\n.1\n2\n', 1, 'a: b\r\n\r\n..1\r\n'],
];

for (const [name, message, lines, sent] of TOP) {
  test(`multi-line, TOP: ${name}`, () => {
    for (const pieces of waysToCut(Buffer.from(message))) {
      assert.equal(encode(pieces, lines).text, sent);
    }
  });
}

test('multi-line: a piece that needs no change is passed on uncopied', () => {
  const piece = Buffer.from('a\r\nb\r\n');
  const [sent, ...more] = new MultiLineEncoder().write(piece);
  assert.deepEqual(
    [sent?.buffer, sent?.byteOffset, sent?.length],
    [piece.buffer, piece.byteOffset, piece.length],
  );
  assert.equal(more.length, 0);
});

test('multi-line: TOP tells when it has enough', () => {
  const encoder = new MultiLineEncoder(1);
  encoder.write(Buffer.from('a: b\r\n\r\n'));
  assert.equal(encoder.done, false);
  encoder.write(Buffer.from('1\r\n2\r\n'));
  assert.equal(encoder.done, true);
});
