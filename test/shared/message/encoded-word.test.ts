import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeWords, encodeWords } from '../../../shared/message/encoded-word.ts';

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

const TABLE: readonly (readonly [string, string])[] = [
  ['', ''],
  ['plain text', 'plain text'],
  ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore <moore@cs.utk.edu>'],
  ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>', 'Keld Jørn Simonsen <keld@dkuug.dk>'],
  ['=?ISO-8859-1?Q?Andr=E9?= Pirard', 'André Pirard'],
  [
    '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
    'If you can read this you understand the example.',
  ],
  ['=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=', 'םולש ןב ילטפנ'],
  // RFC 2047 §8
  ['(=?ISO-8859-1?Q?a?=)', '(a)'],
  ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
  ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
  ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
  // RFC 2231 §5
  ['=?US-ASCII*EN?Q?Keith_Moore?=', 'Keith Moore'],
  // A character cut in two words
  ['=?utf-8?B?4oI=?= =?utf-8?B?rA==?=', '€'],
  ['=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=', '€'],
  ['=?UTF-8?q?=f0=9f=98=80?=', '😀'],
  ['=?utf-8?Q?with blank?= x', 'with blank x'],
  ['=?koi8-r?B?8NLJ18XU?=', 'Привет'],
  ['=?gb2312?B?xOO6ww==?=', '你好'],
  // Raw bytes: UTF-8 where they are that, else windows-1252
  [utf8('Grüße =?utf-8?Q?=C3=A4?='), 'Grüße ä'],
  ['Gr\xfc\xdfe', 'Grüße'],
  // Not encoded words
  ['=?x-unheard-of?Q?abc?=', '=?x-unheard-of?Q?abc?='],
  ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
  ['=?utf-8?Q?abc', '=?utf-8?Q?abc'],
  ['=?utf-8?Q?=ZZ=?=', '=ZZ='],
  ['a =? b ?= c', 'a =? b ?= c'],
  ['=?x-unheard-of?Q?a?= =?x-unheard-of?Q?b?=', '=?x-unheard-of?Q?a?= =?x-unheard-of?Q?b?='],
];

describe('decodeWords', () => {
  for (const [value, expected] of TABLE) {
    it(JSON.stringify(value), () => assert.equal(decodeWords(value), expected));
  }

  it('asks the function it is given for charsets', () => {
    const decode = (bytes: Uint8Array, charset: string) => (charset === 'x-rot' ? `<${bytes.length}>` : null);
    assert.equal(decodeWords('=?X-ROT?Q?abc?=', decode), '<3>');
    assert.equal(decodeWords('=?other?Q?abc?=', decode), '=?other?Q?abc?=');
  });
});

describe('encodeWords', () => {
  it('leaves printable ASCII alone', () =>
    assert.equal(encodeWords('Delivery Status (Failure)'), 'Delivery Status (Failure)'));

  it('writes words of at most 75 characters that read back', () => {
    for (const text of [
      'Grüße',
      'é'.repeat(200),
      '😀 and 你好 '.repeat(30).trim(),
      '=?utf-8?Q?x?=',
      'line\r\nend ü',
      '\x7f',
    ]) {
      const encoded = encodeWords(text);
      for (const word of encoded.split(' ')) {
        assert.ok(word.length <= 75, word);
        assert.match(word, /^=\?UTF-8\?Q\?[!-~]*\?=$/);
      }
      assert.equal(decodeWords(encoded), text);
    }
  });
});
