import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeTransfer,
  encodeBase64,
  encodeQuotedPrintable,
  transferDecoder,
} from '../../../shared/message/transfer-encoding.ts';
import { cuts, feed, random } from './cuts.ts';

const TABLE: readonly (readonly [encoding: string, encoded: string, decoded: string])[] = [
  ['7bit', 'as = it is\r\n', 'as = it is\r\n'],
  ['x-unknown', 'as it is', 'as it is'],
  ['base64', '', ''],
  ['base64', 'aGVsbG8=', 'hello'],
  ['base64', 'aGVs\r\nbG8=\r\n', 'hello'],
  ['base64', ' a G\tVs-bG8 ', 'hello'],
  ['base64', 'aGVsbG8', 'hello'],
  ['base64', 'aGVsbG8=aGVsbG8=', 'hellohello'],
  ['base64', 'aA==aA==', 'hh'],
  ['base64', 'a', ''],
  ['base64', '====', ''],
  ['base64', '/+8=', '\xff\xef'],
  // RFC 2045 §6.7
  [
    'quoted-printable',
    "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
    "Now's the time for all folk to come to the aid of their country.",
  ],
  ['quoted-printable', 'a=3Db=3db=E9', 'a=b=b\xe9'],
  ['quoted-printable', 'trailing  \t\r\nnext \n', 'trailing\r\nnext\n'],
  ['quoted-printable', 'kept=20\r\n in the  middle', 'kept \r\n in the  middle'],
  ['quoted-printable', 'soft= \t\r\nbreak=\nbreak', 'softbreakbreak'],
  ['quoted-printable', 'at the end=', 'at the end'],
  ['quoted-printable', 'at the end= ', 'at the end'],
  ['quoted-printable', 'blanks at the end  ', 'blanks at the end'],
  ['quoted-printable', 'broken =ZZ =4 == =4', 'broken =ZZ =4 == =4'],
  ['quoted-printable', '=\r=\rx', '=\r=\rx'],
  ['quoted-printable', 'a = b', 'a = b'],
  [
    'quoted-printable',
    `x${' '.repeat(300)}y=${' '.repeat(300)}z`,
    `x${' '.repeat(300)}y=${' '.repeat(300)}z`,
  ],
];

describe('transferDecoder', () => {
  for (const [encoding, encoded, decoded] of TABLE) {
    it(`${encoding} ${JSON.stringify(encoded.slice(0, 60))}`, () => {
      for (const [name, pieces] of cuts(Buffer.from(encoded, 'latin1'))) {
        const decoder = transferDecoder(encoding);
        let text = '';
        feed(pieces, (piece) => {
          text += decoder.write(piece).toString('latin1');
        });
        assert.equal(text + decoder.end().toString('latin1'), decoded, name);
      }
    });
  }

  it('gives the same in all cuts whatever is fed to it', () => {
    const next = random(3);
    const signs = ['=', ' ', '\t', '\r', '\n', 'A', '4', 'z', '=41', '=\r\n', '/', ' '.repeat(100), 'QUJD'];
    for (let round = 0; round < 500; round++) {
      const encoded = Buffer.from(
        Array.from({ length: 30 }, () => signs[Math.floor(next() * signs.length)]).join(''),
      );
      for (const encoding of ['base64', 'quoted-printable']) {
        const expected = decodeTransfer(encoded, encoding).toString('hex');
        for (const [name, pieces] of cuts(encoded, round)) {
          const decoder = transferDecoder(encoding);
          let hex = '';
          feed(pieces, (piece) => {
            hex += decoder.write(piece).toString('hex');
          });
          assert.equal(
            hex + decoder.end().toString('hex'),
            expected,
            `${encoding} ${name} ${JSON.stringify(encoded.toString())}`,
          );
        }
      }
    }
  });
});

describe('the encoders', () => {
  it('are undone by the decoders, in lines of at most 76', () => {
    const next = random(11);
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(next() * 400) }, () => Math.floor(next() * 256)),
      );
      const base64 = encodeBase64(bytes);
      assert.ok(base64.split('\r\n').every((line) => line.length <= 76));
      assert.deepEqual(decodeTransfer(Buffer.from(base64), 'base64'), bytes);
      const text = Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
      const quoted = encodeQuotedPrintable(text);
      assert.ok(quoted.split('\r\n').every((line) => line.length <= 76 && !/[ \t]$/.test(line)));
      assert.match(quoted, /^[\t\r\n -~]*$/);
      assert.deepEqual(decodeTransfer(Buffer.from(quoted), 'quoted-printable'), text);
    }
  });
});
