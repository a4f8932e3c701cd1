import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStructure } from '../../../shared/message/parser.ts';
import { TextReader, textParts } from '../../../shared/message/text.ts';
import { cuts, feed } from './cuts.ts';

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

/** Part header, body as latin1, the text */
const TABLE: readonly (readonly [string, string, string])[] = [
  ['', 'plain\r\n', 'plain\r\n'],
  ['', utf8('ünnamed'), 'ünnamed'],
  ['Content-Type: text/plain; charset=iso-8859-1', 'Gr\xfc\xdfe', 'Grüße'],
  [
    'Content-Type: text/html; charset="UTF-8"\nContent-Transfer-Encoding: quoted-printable',
    'Gr=C3=BC=\r\n=C3=9Fe €=20',
    'Grüße € ',
  ],
  [
    'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: BASE64',
    '4oKs4oKs\r\n8J+YgA==',
    '€€😀',
  ],
  ['Content-Type: text/plain; charset=shift_jis', '\x82\xb1\x82\xf1', 'こん'],
  ['Content-Type: text/plain; charset=iso-2022-jp', '\x1b$B$3$s\x1b(B', 'こん'],
  ['Content-Type: text/plain; charset=utf-16le', 'a\0b\0', 'ab'],
  ['Content-Type: text/plain; charset=x-unheard-of', 'caf\xe9', 'café'],
  ['Content-Type: text/plain; charset=utf-8', 'broken \xff', 'broken \ufffd'],
];

describe('TextReader', () => {
  for (const [header, body, expected] of TABLE) {
    it(`${header.replace('\n', ', ')} ${JSON.stringify(body)}`, () => {
      const text = expected.includes('€=') ? body : body.replace('€', utf8('€'));
      const bytes = Buffer.from(`${header}${header && '\n'}\n${text}`, 'latin1');
      const part = textParts(parseStructure(bytes))[0]!;
      for (const [name, pieces] of cuts(bytes.subarray(part.bodyStart, part.bodyEnd))) {
        const reader = new TextReader(part);
        let read = '';
        feed(pieces, (piece) => {
          read += reader.write(piece);
        });
        assert.equal(read + reader.end(), expected, name);
      }
    });
  }

  it('asks for charsets that it lacks', () => {
    const bytes = Buffer.from('Content-Type: text/plain; charset=utf-7\n\n+AOQ-');
    const reader = new TextReader(textParts(parseStructure(bytes))[0]!, (_, charset) =>
      charset === 'utf-7' ? 'ä' : null,
    );
    assert.equal(reader.write(Buffer.from('+AOQ-')), 'ä');
  });
});

describe('textParts', () => {
  it('are all texts, those of messages inside too, and nothing else', () => {
    const bytes = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b

--b

one
--b
Content-Type: image/png

two
--b
Content-Type: message/rfc822

Content-Type: text/html

three
--b--
`,
    );
    assert.deepEqual(
      textParts(parseStructure(bytes)).map((part) => bytes.toString('latin1', part.bodyStart, part.bodyEnd)),
      ['one', 'three'],
    );
  });
});
