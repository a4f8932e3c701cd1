import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fold } from '../../../shared/search/fold.ts';
import { HtmlText } from '../../../shared/search/html-text.ts';
import {
  addSlices,
  placesIn,
  SEGMENT_MESSAGES,
  SegmentBits,
  SLICE_BYTES,
  SLICES,
  slicesOf,
} from '../../../shared/search/slices.ts';

test('fold: what i;unicode-casemap takes for equal is equal (RFC 5051 §2)', () => {
  const folded = new Map<string, string>();
  for (let code = 0; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const letter = String.fromCodePoint(code);
    const capital = letter.toUpperCase();
    const simple = [...capital].length === 1 ? capital : letter;
    const key = simple.normalize('NFKD');
    const other = folded.get(key);
    if (other === undefined) folded.set(key, fold(letter));
    else assert.equal(fold(letter), other, `U+${code.toString(16)}`);
  }
  assert.equal(fold('ΟΔΟΣ ŒUVRE Übergröße'), fold('οδος œuvre ÜBERGRÖßE'));
  assert.equal(fold('u\u0308ﬁ'), fold('ÜFI'));
});

describe('HTML as its reader sees it', () => {
  const table: readonly (readonly [string, string])[] = [
    ['<p>Hello <b>wo</b>rld</p>', 'Hello world'],
    ['one<br>two<div>three</div>four', 'one\ntwo\nthree\nfour'],
    ['a &amp; b &#8364; &euro;&nbsp;c &unknown; &', 'a & b € € c &unknown; &'],
    ['<style>p { color: red }</style><script>var a = "<p>"</script>seen', 'seen'],
    ['<title>A title</title><!-- a comment -->text', 'A title\ntext'],
    ['  white \r\n\t space ', 'white space'],
    ['no <tag', 'no'],
    ['a < b and <1>', 'a < b and <1>'],
    ['<td>left</td><td>right</td>', 'left\nright'],
    ['<a href="http://x.example/?a=1&b">link</a>ed', 'linked'],
  ];
  for (const [html, text] of table)
    for (const size of [html.length, 1, 3])
      test(`${html}, ${size} at a time`, () => {
        const reader = new HtmlText();
        let seen = '';
        for (let at = 0; at < html.length; at += size) seen += reader.write(html.slice(at, at + size));
        assert.equal(seen + reader.end(), text);
      });

  test('tags nested without end take no more than their length', () => {
    const reader = new HtmlText();
    const text = reader.write('<b>'.repeat(300_000)) + reader.write('</i>x'.repeat(300_000)) + reader.end();
    assert.equal(text.length, 300_000);
  });
});

describe('bit slices', () => {
  const bitsOf = (text: string): Uint8Array => {
    const bits = new Uint8Array(SLICES / 8);
    addSlices(bits, text);
    return bits;
  };

  test('a message that has a string is found by it, at any place; a short string has none', () => {
    const segment = new SegmentBits();
    const words = Array.from(
      { length: SEGMENT_MESSAGES },
      (_, at) => `message ${at} on ${(at * 7919) % 1009}x`,
    );
    words.forEach((text, at) => {
      segment.add(at, bitsOf(text));
    });
    const bytes = segment.bytes();
    const found = (needle: string): number[] =>
      placesIn(
        slicesOf(needle).map((slice) => bytes.subarray(slice * SLICE_BYTES, (slice + 1) * SLICE_BYTES)),
      );
    for (const at of [0, 7, 8, 511, 1023]) {
      assert.ok(found(words[at]!).includes(at));
      assert.ok(found(`message ${at} on`).length < 20, 'and hardly any other');
    }
    assert.deepEqual(found('missing'), []);
    assert.deepEqual(slicesOf('ab'), []);
    assert.equal(slicesOf('абв').length, 1);
    assert.ok(slicesOf('x'.repeat(10) + 'abcdefghijklmnopqrstuvwxyz'.repeat(100)).length <= 32);
  });
});
