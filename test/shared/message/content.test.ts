import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readContent } from '../../../shared/message/content.ts';
import { parameterText } from '../../../shared/message/parameter.ts';

const read = (header: string, inDigest = false) => readContent(Buffer.from(header, 'latin1'), inDigest);

/** Content-Type value → "type/subtype;name=value;…" */
const TYPES: readonly (readonly [string, string])[] = [
  ['text/plain; charset=us-ascii (Plain text)', 'text/plain;charset=us-ascii'],
  ['text/plain; charset="us-ascii"', 'text/plain;charset=us-ascii'],
  ['TEXT/HTML;CHARSET=UTF-8', 'text/html;charset=UTF-8'],
  [' text / plain ; a = b ;; c=d; ', 'text/plain;a=b;c=d'],
  ['(x) text(y)/(z)plain (w); (v) a (u)=(t) "b;\\"c"(s)', 'text/plain;a=b;"c'],
  ['application/x-stuff; name=My file (1).pdf; x=y', 'application/x-stuff;name=My file (1).pdf;x=y'],
  ['image/png; name="a.png', 'image/png;name=a.png'],
  ['image/png name="a.png"; x=y', 'image/png;x=y'],
  ['image/png; name', 'image/png'],
  ['image/png; name=', 'image/png;name='],
  ['text', 'text/plain'],
  ['text; charset=x', 'text/plain;charset=x'],
  ['', 'text/plain'],
  ['image', 'text/plain'],
  ['/png', 'text/plain'],
  ['(open', 'text/plain'],
  ['multipart/mixed; boundary="gc0pJq0M:08jU534c0p"', 'multipart/mixed;boundary=gc0pJq0M:08jU534c0p'],
  [
    'message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/x.tar"',
    'message/external-body;access-type=URL;url=ftp://cs.utk.edu/x.tar',
  ],
  [
    "application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
    "application/x-stuff;title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
  ],
  [
    "application/x-stuff; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*0*=us-ascii'en'This%20is%20even%20more%20; title*2=\"isn't it!\"",
    "application/x-stuff;title*=us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!",
  ],
  ['a/b; x*0=a; x*2=c', 'a/b;x=a'],
  ['a/b; x*1=a', 'a/b;x='],
  ['a/b; x*0=a; x*0=b; y=1', 'a/b;x=a;y=1'],
];

describe('Content-Type', () => {
  for (const [value, expected] of TYPES) {
    it(JSON.stringify(value), () => {
      const { type, subtype, parameters } = read(`Content-Type: ${value}\r\n\r\n`);
      const text = parameters.map((each) => `;${each.name}=${each.value}`).join('');
      assert.equal(`${type}/${subtype}${text}`, expected);
    });
  }

  it('is message/rfc822 by default in a digest', () => {
    assert.equal(read('\r\n', true).subtype, 'rfc822');
    assert.equal(read('Content-Type: text/html\r\n\r\n', true).subtype, 'html');
  });
});

describe('the other fields', () => {
  it('are read, the first of each', () => {
    const content = read(
      [
        'content-transfer-encoding: (c) BASE64 ;x',
        'Content-Transfer-Encoding: 7bit',
        'Content-ID:  <foo4*foo1@bar.net> ',
        'Content-Description: a',
        '\tb',
        'Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==',
        'Content-Disposition: Attachment; FileName="a b.txt"; size=7',
        'Content-Language: i-mingo (the tongue), en , de',
        'Content-Location: http://x.test/',
        ' a/b',
        '',
        '',
      ].join('\r\n'),
    );
    assert.deepEqual(content, {
      type: 'text',
      subtype: 'plain',
      parameters: [],
      contentId: '<foo4*foo1@bar.net>',
      description: 'a\tb',
      encoding: 'base64',
      md5: 'Q2hlY2sgSW50ZWdyaXR5IQ==',
      disposition: {
        type: 'attachment',
        parameters: [
          { name: 'filename', value: 'a b.txt' },
          { name: 'size', value: '7' },
        ],
      },
      language: ['i-mingo', 'en', 'de'],
      location: 'http://x.test/a/b',
    });
  });

  it('are as by default when they say nothing', () => {
    const content = read(
      'Content-Transfer-Encoding:\r\nContent-Disposition: ;x=y\r\nContent-Language: ,\r\n\r\n',
    );
    assert.deepEqual([content.encoding, content.disposition, content.language], ['7bit', null, null]);
  });
});

/** Content-Disposition parameters → the file name */
const NAMES: readonly (readonly [string, string | null])[] = [
  ['filename="a.txt"', 'a.txt'],
  ["filename=fallback; filename*=UTF-8''%e2%82%ac%20rates", '€ rates'],
  ["filename*0*=UTF-8''%e2%82; filename*1*=%ac; filename*2=.txt", '€.txt'],
  ["filename*=iso-8859-1'en'%A3%20rates", '£ rates'],
  ["filename*=''%e2%82%ac", '€'],
  ["filename*=x-unheard-of''%e2%82%ac", '€'],
  ['filename*=abc%20d', 'abc d'],
  ['filename="=?utf-8?Q?=E2=82=AC?=.txt"', '€.txt'],
  ['filename="\xe2\x82\xac.txt"', '€.txt'],
  ['name=x', null],
];

describe('parameterText', () => {
  for (const [value, expected] of NAMES) {
    it(JSON.stringify(value), () => {
      const { disposition } = read(`Content-Disposition: attachment; ${value}\r\n\r\n`);
      assert.equal(parameterText(disposition!.parameters, 'FileName'), expected);
    });
  }
});
