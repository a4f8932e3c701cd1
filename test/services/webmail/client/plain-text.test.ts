import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  foldable,
  linkPieces,
  textBlocks,
} from '../../../../services/webmail/client/src/model/plain-text.ts';

describe('plain text', () => {
  test('runs of quoted lines are told apart, and long ones can be folded', () => {
    const blocks = textBlocks('Yes.\r\n\r\n> a\r\n> b\r\n>\r\n> c\r\n\r\nBye\r\n');
    assert.deepEqual(
      blocks.map(({ quoted }) => quoted),
      [false, true, false],
    );
    assert.equal(foldable(blocks[1]!), true);
    assert.equal(foldable(textBlocks('> one\n> two')[0]!), false);
  });

  for (const [text, links] of [
    ['see https://example.org/a?b=c.', ['https://example.org/a?b=c']],
    ['(https://example.org/x)', ['https://example.org/x']],
    [
      'https://en.example.org/A_(b) and www.example.org,',
      ['https://en.example.org/A_(b)', 'https://www.example.org'],
    ],
    ['mailto:a@b.example javascript:alert(1)', ['mailto:a@b.example']],
    ['no link', []],
  ] as const) {
    test(`links of: ${text}`, () => {
      const pieces = linkPieces(text);
      assert.equal(pieces.map((piece) => piece.text).join(''), text);
      assert.deepEqual(
        pieces.flatMap(({ href }) => href ?? []),
        links,
      );
    });
  }

  test('a megabyte without a space takes no time', () => {
    const started = performance.now();
    linkPieces(`http://${'a.'.repeat(500_000)}`);
    linkPieces('w'.repeat(1_000_000));
    assert.ok(performance.now() - started < 2_000);
  });
});
