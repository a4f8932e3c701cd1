import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_HEADER_BYTES } from '../../../shared/message/header-block.ts';
import { MAX_DEPTH, MAX_PARTS, parseStructure, StructureParser } from '../../../shared/message/parser.ts';
import { bodyRange, findPart, leafParts } from '../../../shared/message/part.ts';
import type { MessageStructure, PartStructure } from '../../../shared/message/structure.ts';
import { cuts, feed } from './cuts.ts';

/** The tree as one readable text: "mixed(plain,rfc822:plain)". */
function shape(part: PartStructure): string {
  const name = `${part.type}/${part.subtype}`;
  if (part.parts) return `${name}(${part.parts.map(shape).join(' ')})`;
  return part.message ? `${name}:${shape(part.message.body)}` : name;
}

function bodies(bytes: Buffer, structure: MessageStructure): string[] {
  return [...leafParts(structure.body)].map((part) => bytes.toString('latin1', part.bodyStart, part.bodyEnd));
}

const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n');

interface Row {
  readonly name: string;
  /** Tried with CRLF and with bare LF line ends. */
  readonly message: string;
  readonly shape: string;
  /** Of the leaves, with LF line ends. */
  readonly bodies: readonly string[];
  readonly lines?: readonly number[];
}

const TABLE: readonly Row[] = [
  { name: 'an empty message', message: '', shape: 'text/plain', bodies: [''], lines: [0] },
  { name: 'a blank line alone', message: '\n', shape: 'text/plain', bodies: [''] },
  { name: 'a header alone', message: 'Subject: x\n', shape: 'text/plain', bodies: [''] },
  { name: 'a header cut in its line', message: 'Subject: x', shape: 'text/plain', bodies: [''] },
  {
    name: 'a body without header',
    message: '\nhello\n',
    shape: 'text/plain',
    bodies: ['hello\n'],
    lines: [1],
  },
  {
    name: 'no header at all',
    message: 'hello you\nthere\n',
    shape: 'text/plain',
    bodies: ['hello you\nthere\n'],
  },
  {
    name: 'a line that is no field ends the header',
    message: 'Received: by x\nhello you\nSubject: no\n\nb',
    shape: 'text/plain',
    bodies: ['hello you\nSubject: no\n\nb'],
    lines: [3],
  },
  {
    name: 'an mbox line before the header',
    message: 'From me@x Mon Jan  1 00:00:00 2024\nContent-Type: text/html\n\nb\n',
    shape: 'text/html',
    bodies: ['b\n'],
  },
  {
    name: 'blanks before the colon',
    message: 'Content-Type : text/html\n\nb',
    shape: 'text/html',
    bodies: ['b'],
  },
  {
    name: 'RFC 2046 §5.1.1: implicitly and explicitly typed parts, preamble, epilogue',
    message: `From: Nathaniel Borenstein <nsb@bellcore.com>
To: Ned Freed <ned@innosoft.com>
Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)
Subject: Sample message
MIME-Version: 1.0
Content-type: multipart/mixed; boundary="simple boundary"

This is the preamble.  It is to be ignored, though it
is a handy place for composition agents to include an
explanatory note to non-MIME conformant readers.

--simple boundary

This is implicitly typed plain US-ASCII text.
It does NOT end with a linebreak.
--simple boundary
Content-type: text/plain; charset=us-ascii

This is explicitly typed plain US-ASCII text.
It DOES end with a linebreak.

--simple boundary--

This is the epilogue.  It is also to be ignored.
`,
    shape: 'multipart/mixed(text/plain text/plain)',
    bodies: [
      'This is implicitly typed plain US-ASCII text.\nIt does NOT end with a linebreak.',
      'This is explicitly typed plain US-ASCII text.\nIt DOES end with a linebreak.\n',
    ],
    lines: [1, 2],
  },
  {
    name: 'RFC 2046 §5.1.5: a digest',
    message: `Content-Type: multipart/mixed;
              boundary="---- main boundary ----"

------ main boundary ----

toc
------ main boundary ----
Content-Type: multipart/digest;
              boundary="---- next message ----"

------ next message ----

From: someone-else
Subject: my opinion

a
------ next message ----

From: someone-else-again

b
------ next message ------

------ main boundary ------
`,
    shape:
      'multipart/mixed(text/plain multipart/digest(message/rfc822:text/plain message/rfc822:text/plain))',
    bodies: ['toc', 'a', 'b'],
  },
  {
    name: 'the outer boundary is the beginning of the inner one',
    message: `Content-Type: multipart/mixed; boundary=ab

--ab
Content-Type: multipart/alternative; boundary=abc

--abc

one
--abc--
--ab

two
--abc

--ab--
`,
    shape: 'multipart/mixed(multipart/alternative(text/plain) text/plain)',
    bodies: ['one', 'two\n--abc\n'],
  },
  {
    name: 'a boundary that ends in two dashes',
    message: `Content-Type: multipart/mixed; boundary="b--"

--b--

one
--b----
`,
    shape: 'multipart/mixed(text/plain)',
    bodies: ['one'],
  },
  {
    name: 'a delimiter of the inner multipart that closes the outer one',
    message: `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/mixed; boundary=b--

--b--

one
--b--

two
--b----
--b--
`,
    shape: 'multipart/mixed(multipart/mixed(text/plain text/plain))',
    bodies: ['one', 'two'],
  },
  {
    name: 'more blanks after a delimiter than are looked at',
    message: `Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b${' '.repeat(1200)}\n--b--\n`,
    shape: 'multipart/mixed(text/plain)',
    bodies: [`one\n--b${' '.repeat(1200)}`],
  },
  {
    name: 'one boundary on two levels',
    message: `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/mixed; boundary=b

--b

one
--b--
--b

two
--b--
`,
    shape: 'multipart/mixed(multipart/mixed(text/plain) text/plain)',
    bodies: ['one', 'two'],
  },
  {
    name: 'the outer delimiter ends the inner multipart',
    message: `Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/mixed; boundary=i

--i

one
--o

two
--o--
`,
    shape: 'multipart/mixed(multipart/mixed(text/plain) text/plain)',
    bodies: ['one', 'two'],
  },
  {
    name: 'no close delimiter',
    message: 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n',
    shape: 'multipart/mixed(text/plain text/plain)',
    bodies: ['one', 'two\n'],
  },
  {
    name: 'the close delimiter without a line end',
    message: 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--',
    shape: 'multipart/mixed(text/plain)',
    bodies: ['one'],
  },
  {
    name: 'delimiters after the close delimiter',
    message: 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n',
    shape: 'multipart/mixed(text/plain)',
    bodies: ['one'],
  },
  {
    name: 'blanks after a delimiter, and a boundary in the middle of a line',
    message: 'Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\nx --b\n --b\n--b x\n--b-- \t\n',
    shape: 'multipart/mixed(text/plain)',
    bodies: ['x --b\n --b\n--b x'],
  },
  {
    name: 'parts without header, without body, without either',
    message:
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\nContent-Type: text/html\n--b\n--b\nContent-Type: image/png\n\n--b--\n',
    shape: 'multipart/mixed(text/plain text/html text/plain image/png)',
    bodies: ['', '', '', ''],
    lines: [0, 0, 0, 0],
  },
  {
    name: 'no blank line between header and first delimiter',
    message: 'Content-Type: multipart/mixed; boundary=b\n--b\n\none\n--b--\n',
    shape: 'multipart/mixed(text/plain)',
    bodies: ['one'],
  },
  {
    name: 'a multipart without boundary is text',
    message: 'Content-Type: multipart/mixed\n\n--b\nx\n',
    shape: 'text/plain',
    bodies: ['--b\nx\n'],
  },
  {
    name: 'a multipart whose delimiter never comes',
    message: 'Content-Type: multipart/mixed; boundary=b\n\n--c\nx\n',
    shape: 'multipart/mixed(text/plain)',
    bodies: ['--c\nx\n'],
  },
  {
    name: 'a message in a message, a multipart',
    message: `Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/mixed; boundary=b

--b

one
--b--
`,
    shape: 'message/rfc822:multipart/mixed(text/plain)',
    bodies: ['one'],
  },
  {
    name: 'a message in a message, cut by a delimiter in its header',
    message: `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

Subject: in
--b
Content-Type: message/rfc822
--b--
`,
    shape: 'multipart/mixed(message/rfc822:text/plain message/rfc822:text/plain)',
    bodies: ['', ''],
  },
  {
    name: 'a message in base64 stays shut',
    message: 'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n',
    shape: 'application/octet-stream',
    bodies: ['U3ViamVjdDogeA==\n'],
  },
  {
    name: 'a message in a message without a header',
    message: 'Content-Type: message/rfc822\n\nhello there\n',
    shape: 'message/rfc822:text/plain',
    bodies: ['hello there\n'],
  },
  {
    name: 'a message in a message that begins where no field can be',
    message: 'Content-Type: message/rfc822\nFrom me\nSubject: x\n\nb\n',
    shape: 'message/rfc822:text/plain',
    bodies: ['From me\nSubject: x\n\nb\n'],
  },
  {
    name: 'a boundary in RFC 2231 segments',
    message: 'Content-Type: multipart/mixed; boundary*0=ab; boundary*1="c d"\n\n--abc d\n\none\n--abc d--\n',
    shape: 'multipart/mixed(text/plain)',
    bodies: ['one'],
  },
];

describe('StructureParser', () => {
  for (const row of TABLE) {
    for (const [ends, message] of [
      ['CRLF', crlf(row.message)],
      ['LF', row.message],
    ] as const) {
      it(`${row.name} (${ends})`, () => {
        const bytes = Buffer.from(message, 'latin1');
        const expected = parseStructure(bytes);
        assert.equal(shape(expected.body), row.shape);
        assert.deepEqual(
          bodies(bytes, expected).map((body) => body.replaceAll('\r\n', '\n')),
          row.bodies,
        );
        if (row.lines) {
          assert.deepEqual(
            [...leafParts(expected.body)].map((part) => part.lines),
            row.lines,
          );
        }
        for (const [name, pieces] of cuts(bytes)) {
          const parser = new StructureParser();
          feed(pieces, (piece) => parser.write(piece));
          assert.deepEqual(parser.end(), expected, name);
        }
      });
    }
  }

  it('gives the envelope of the message and of the message inside', () => {
    const bytes = Buffer.from(
      crlf(`Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev1 WG mtg
 summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.edu>
References: <a@x> junk <"b"@x>
	<c@x>
Content-Type: message/rfc822

Subject:
Sender: s@x
Reply-To:
From: f@x

b
`),
    );
    const structure = parseStructure(bytes);
    const gray = { name: 'Terry Gray', route: null, mailbox: 'gray', host: 'cac.washington.edu' };
    assert.deepEqual(structure.envelope, {
      date: 'Wed, 17 Jul 1996 02:23:25 -0700 (PDT)',
      subject: 'IMAP4rev1 WG mtg summary and minutes',
      from: [gray],
      sender: [gray],
      replyTo: [gray],
      to: [{ name: null, route: null, mailbox: 'imap', host: 'cac.washington.edu' }],
      cc: [
        { name: null, route: null, mailbox: 'minutes', host: 'CNRI.Reston.VA.US' },
        { name: 'John Klensin', route: null, mailbox: 'KLENSIN', host: 'MIT.EDU' },
      ],
      bcc: [],
      inReplyTo: null,
      messageId: '<B27397-0100000@cac.washington.edu>',
    });
    assert.deepEqual(structure.references, ['<a@x>', '<b@x>', '<c@x>']);
    const inner = structure.body.message!.envelope;
    assert.equal(inner.subject, '');
    assert.equal(inner.sender[0]?.mailbox, 's');
    assert.equal(inner.replyTo[0]?.mailbox, 'f');
  });

  it('takes In-Reply-To for want of References, and keeps the first and the latest of many', () => {
    assert.deepEqual(parseStructure(Buffer.from('In-Reply-To: Your note <a@x> <b@x>\n\n')).references, [
      '<a@x>',
    ]);
    const many = Array.from({ length: 150 }, (_, index) => `<${index}@x>`);
    const kept = parseStructure(Buffer.from(`References: ${many.join('\n ')}\n\n`)).references;
    assert.equal(kept.length, 100);
    assert.deepEqual([kept[0], kept[1], kept.at(-1)], ['<0@x>', '<51@x>', '<149@x>']);
  });

  it('keeps offsets right beyond the part of a header that it reads', () => {
    const header = `X-Long: ${'y'.repeat(70)}\r\n`.repeat(Math.ceil(MAX_HEADER_BYTES / 80) + 10);
    const bytes = Buffer.from(`Subject: s\r\n${header}From: late@x\r\n\r\nbody\r\n`);
    for (const size of [bytes.length, 65_536, 1000]) {
      const parser = new StructureParser();
      for (let at = 0; at < bytes.length; at += size) parser.write(bytes.subarray(at, at + size));
      const structure = parser.end();
      assert.equal(bytes.toString('latin1', structure.body.bodyStart), 'body\r\n');
      assert.equal(structure.envelope.subject, 's');
      assert.deepEqual(structure.envelope.from, []);
    }
  });

  it('keeps offsets right in lines of any length', () => {
    const long = '-'.repeat(100_000);
    const bytes = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${long}\n--b${long}\n--b--\n`,
    );
    for (const size of [bytes.length, 4096, 777]) {
      const parser = new StructureParser();
      for (let at = 0; at < bytes.length; at += size) parser.write(bytes.subarray(at, at + size));
      assert.deepEqual(bodies(bytes, parser.end()), [`${long}\n--b${long}`]);
    }
  });

  it('goes down 100 levels, and no further', () => {
    let message = '';
    for (let level = 0; level < 300; level++)
      message += `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`;
    let part = parseStructure(Buffer.from(`${message}\nx\n`)).body;
    let depth = 1;
    while (part.parts !== undefined) {
      part = part.parts[0]!;
      depth++;
    }
    assert.equal(depth, MAX_DEPTH);
    assert.equal(`${part.type}/${part.subtype}`, 'application/octet-stream');

    let inner = parseStructure(Buffer.from('Content-Type: message/rfc822\n\n'.repeat(300))).body;
    depth = 1;
    while (inner.message !== undefined) {
      inner = inner.message.body;
      depth++;
    }
    assert.equal(depth, MAX_DEPTH);
    assert.equal(inner.type, 'application');
  });

  it('opens 10,000 parts, and no more', () => {
    const bytes = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(MAX_PARTS + 500)}--b--\nepilogue\n`,
    );
    const structure = parseStructure(bytes);
    assert.equal(structure.body.parts!.length, MAX_PARTS - 1);
    const last = structure.body.parts!.at(-1)!;
    assert.equal(bytes.toString('latin1', last.bodyEnd).trim(), '--b--\nepilogue');
  });

  it('keeps the structure small however many fields, addresses and parameters a message has', () => {
    const header = `To: ${'a,'.repeat(100_000)}\nContent-Type: message/rfc822${';a=b'.repeat(10_000)}\n\n`;
    const structure = parseStructure(Buffer.from(header.repeat(90)));
    assert.ok(JSON.stringify(structure).length < 4_000_000);
    assert.ok(structure.envelope.to.length > 1000);
  });

  it('finds the body of a part of a structure that went through JSON', () => {
    const bytes = Buffer.from(crlf(TABLE.find((row) => row.name.includes('digest'))!.message));
    const stored = JSON.parse(JSON.stringify(parseStructure(bytes))) as MessageStructure;
    assert.deepEqual(stored, parseStructure(bytes));
    const range = bodyRange(findPart(stored, [2, 2, 1])!);
    assert.equal(bytes.toString('latin1', range.start, range.end), 'b');
  });
});
