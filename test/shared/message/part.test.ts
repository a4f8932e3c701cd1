import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStructure } from '../../../shared/message/parser.ts';
import {
  findPart,
  nestedMessages,
  partSize,
  type SectionText,
  sectionRange,
} from '../../../shared/message/part.ts';

/** The message of RFC 3501 §6.4.5, with bodies that say where they are. */
const EXAMPLE = `Subject: top
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: text/plain

at 1
--m
Content-Type: application/octet-stream

at 2
--m
Content-Type: message/rfc822

Subject: at 3
Content-Type: multipart/mixed; boundary=n

--n
Content-Type: text/plain

at 3.1
--n
Content-Type: application/octet-stream

at 3.2
--n--
--m
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: image/gif

at 4.1
--o
Content-Type: message/rfc822

Subject: at 4.2
Content-Type: multipart/mixed; boundary=p

--p
Content-Type: text/plain

at 4.2.1
--p
Content-Type: multipart/alternative; boundary=q

--q
Content-Type: text/plain

at 4.2.2.1
--q
Content-Type: text/richtext

at 4.2.2.2
--q--
--p--
--o--
--m--
`.replaceAll('\n', '\r\n');

const SINGLE = 'Subject: single\r\nContent-Type: text/html\r\n\r\nbody\r\n';
const WRAPPED = `Subject: outer\r\nContent-Type: message/rfc822\r\n\r\n${SINGLE}`;

type Row = readonly [
  message: string,
  path: readonly number[],
  text: SectionText | null,
  expected: string | undefined | RegExp,
];

const TABLE: readonly Row[] = [
  [EXAMPLE, [], null, EXAMPLE],
  [EXAMPLE, [], 'HEADER', 'Subject: top\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n'],
  [EXAMPLE, [], 'TEXT', EXAMPLE.slice(EXAMPLE.indexOf('--m'))],
  [EXAMPLE, [], 'MIME', undefined],
  [EXAMPLE, [1], null, 'at 1'],
  [EXAMPLE, [1], 'MIME', 'Content-Type: text/plain\r\n\r\n'],
  [EXAMPLE, [1], 'HEADER', undefined],
  [EXAMPLE, [1], 'TEXT', undefined],
  [EXAMPLE, [1, 1], null, undefined],
  [EXAMPLE, [2], null, 'at 2'],
  [EXAMPLE, [3], null, /^Subject: at 3\r\n[\s\S]*--n--$/],
  [EXAMPLE, [3], 'HEADER', 'Subject: at 3\r\nContent-Type: multipart/mixed; boundary=n\r\n\r\n'],
  [EXAMPLE, [3], 'TEXT', /^--n\r\n[\s\S]*--n--$/],
  [EXAMPLE, [3], 'MIME', 'Content-Type: message/rfc822\r\n\r\n'],
  [EXAMPLE, [3, 1], null, 'at 3.1'],
  [EXAMPLE, [3, 2], null, 'at 3.2'],
  [EXAMPLE, [3, 2], 'MIME', 'Content-Type: application/octet-stream\r\n\r\n'],
  [EXAMPLE, [4], null, /^--o\r\n[\s\S]*--o--$/],
  [EXAMPLE, [4], 'HEADER', undefined],
  [EXAMPLE, [4, 1], 'MIME', 'Content-Type: image/gif\r\n\r\n'],
  [EXAMPLE, [4, 2], 'HEADER', 'Subject: at 4.2\r\nContent-Type: multipart/mixed; boundary=p\r\n\r\n'],
  [EXAMPLE, [4, 2, 1], null, 'at 4.2.1'],
  [EXAMPLE, [4, 2, 2], null, /^--q\r\n[\s\S]*--q--$/],
  [EXAMPLE, [4, 2, 2, 1], null, 'at 4.2.2.1'],
  [EXAMPLE, [4, 2, 2, 2], null, 'at 4.2.2.2'],
  [EXAMPLE, [4, 2, 2, 3], null, undefined],
  [EXAMPLE, [5], null, undefined],
  [EXAMPLE, [0], null, undefined],
  [EXAMPLE, [-1], null, undefined],
  [SINGLE, [1], null, 'body\r\n'],
  [SINGLE, [1], 'MIME', 'Subject: single\r\nContent-Type: text/html\r\n\r\n'],
  [SINGLE, [1], 'HEADER', undefined],
  [SINGLE, [2], null, undefined],
  [SINGLE, [1, 1], null, undefined],
  [WRAPPED, [1], null, SINGLE],
  [WRAPPED, [1], 'HEADER', 'Subject: single\r\nContent-Type: text/html\r\n\r\n'],
  [WRAPPED, [1], 'TEXT', 'body\r\n'],
  [WRAPPED, [1], 'MIME', 'Subject: outer\r\nContent-Type: message/rfc822\r\n\r\n'],
  [WRAPPED, [1, 1], null, 'body\r\n'],
  [WRAPPED, [1, 1], 'MIME', 'Subject: single\r\nContent-Type: text/html\r\n\r\n'],
  [WRAPPED, [1, 1, 1], null, undefined],
  [WRAPPED, [1, 2], null, undefined],
];

describe('sectionRange', () => {
  for (const [message, path, text, expected] of TABLE) {
    const section = [...path, ...(text === null ? [] : [text])].join('.');
    it(`BODY[${section}] of ${message.slice(9, message.indexOf('\r'))}`, () => {
      const range = sectionRange(parseStructure(Buffer.from(message)), path, text);
      const found = range && message.slice(range.start, range.end);
      if (expected instanceof RegExp) assert.match(found ?? '', expected);
      else assert.equal(found, expected);
    });
  }
});

describe('parts', () => {
  it('have their size in bytes', () => {
    const structure = parseStructure(Buffer.from(EXAMPLE));
    assert.equal(partSize(findPart(structure, [4, 2, 1])!), 8);
    assert.equal(findPart(structure, []), structure.body);
  });

  it('name the messages inside', () => {
    const structure = parseStructure(Buffer.from(EXAMPLE));
    assert.deepEqual(
      [...nestedMessages(structure.body)].map((message) => message.envelope.subject),
      ['at 3', 'at 4.2'],
    );
  });
});
