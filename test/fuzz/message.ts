import { decodeWords } from '../../shared/message/encoded-word.ts';
import { headerFields } from '../../shared/message/header.ts';
import { StructureParser } from '../../shared/message/parser.ts';
import { leafParts } from '../../shared/message/part.ts';
import { TextReader } from '../../shared/message/text.ts';
import { formatBodyStructure } from '../../shared/protocol/imap/format-body-structure.ts';
import { formatEnvelope } from '../../shared/protocol/imap/format-envelope.ts';
import { checkBody, checkEnvelope, readData } from '../imap-data.ts';
import { randomMessage } from '../shared/message/random-message.ts';
import { cut, type Grammar, mutate, type Random, sentence } from './grammar.ts';

const GRAMMAR: Grammar = {
  message: ['<header>\r\n<body>', '<header>\n<body>', '<header><body>', '\r\n<body>', '<header>'],
  header: ['<field>', '<field><field>', '<field><header>', ''],
  field: [
    'From: <addresses>\r\n',
    'To: <addresses>\r\n',
    'Cc: <addresses>\n',
    'Sender: <address>\r\n',
    'Reply-To: <addresses>\r\n',
    'Subject: <words>\r\n',
    'Date: <date>\r\n',
    'Message-ID: <<word>@<word>>\r\n',
    'References: <<word>> <<word>@<word>>\r\n',
    'In-Reply-To: <words>\r\n',
    'Content-Type: <type>\r\n',
    'Content-Transfer-Encoding: <encoding>\r\n',
    'Content-Disposition: attachment; <parameter>\r\n',
    'Content-ID: <<word>>\r\n',
    'Content-Language: en, de\r\n',
    'Content-Location: <words>\r\n',
    '<word>: <words>\r\n',
    '<word>\r\n',
    ' <words>\r\n',
  ],
  addresses: ['<address>', '<address>, <address>', '<address>,\r\n <addresses>', 'group: <addresses>;', ''],
  address: [
    '<word>@<word>',
    '"<word> <word>" <<word>@<word>>',
    '<words> <<word>@<word>>',
    '(<words>) <word>@<word>',
    '<@<word>:<word>@<word>>',
    '<<word>',
    '=?utf-8?q?=C3=A4?= <a@b>',
  ],
  words: [
    '<word>',
    '<word> <word>',
    '=?utf-8?B?w6Q=?=',
    '=?iso-8859-1?Q?=E4_x?= =?x?y?z?=',
    '"<words>"',
    '<words> <words>',
    '(<words>)',
  ],
  word: ['a', 'word', 'x.y', '\\"', '\xc3\xa4', '\xff', '\0', '', 'w'.repeat(100), '(', ')', '<', '>', '"'],
  date: ['Mon, 23 Nov 2026 10:00:00 +0000', '31 Feb 99 25:61 XYZ', '<words>'],
  type: [
    'text/plain; charset=<charset>',
    'text/html',
    'multipart/mixed; boundary=b',
    'multipart/alternative; boundary="c d"',
    'multipart/digest; boundary=b',
    'message/rfc822',
    'message/global',
    '<word>/<word>; <parameter>',
    'text',
    '',
  ],
  charset: ['utf-8', 'iso-8859-1', 'us-ascii', '"utf-16"', 'x-unknown', '<word>'],
  parameter: [
    'name=<word>',
    'name="<words>"',
    "name*=utf-8''%c3%a4",
    'name*0=a; name*1*=%41; name*2=c',
    '<parameter>; <parameter>',
  ],
  encoding: ['base64', 'quoted-printable', '7bit', 'binary', '8BIT', 'x-uuencode', ''],
  body: ['<text>', '<part><part>--b--\r\n', '<text>\r\n<part>', '<message>', ''],
  part: ['--b\r\n<message>\r\n', '--c d\r\n<message>\r\n', '--b\n\n<text>\n', '--b--\r\n'],
  text: ['hello\r\n', 'QUJD\r\n=', '=C3=A4=\r\n=zz', '\0\r\n', '--b', 'From x\n', '<text><text>'],
};

/** One message: its structure, the same in two cuts, told by the grammar; its texts and fields decoded. */
export function fuzzMessage(next: Random): void {
  const bytes =
    next() < 0.5
      ? Buffer.from(mutate(sentence(GRAMMAR, 'message', next), next), 'latin1')
      : randomMessage(next);
  const structure = parse(cut(bytes, next));
  const { envelope, body } = structure;
  const told = [
    formatEnvelope(envelope),
    formatBodyStructure(body, true),
    formatBodyStructure(body, false),
  ] as const;
  checkEnvelope(readData(told[0]));
  checkBody(readData(told[1]), true);
  checkBody(readData(told[2]), false);
  if (JSON.stringify(parse(cut(bytes, next))) !== JSON.stringify(structure))
    throw new Error('another structure in other cuts');
  if (told[1].length > 20_000 + 40 * bytes.length)
    throw new Error(`${told[1].length} bytes of BODYSTRUCTURE`);
  for (const part of leafParts(body)) {
    const reader = new TextReader(part);
    for (const piece of cut(bytes.subarray(part.bodyStart, part.bodyEnd), next)) reader.write(piece);
    reader.end();
  }
  for (const { valueStart, end } of headerFields(bytes))
    decodeWords(bytes.toString('latin1', valueStart, end));
}

function parse(pieces: readonly Buffer[]) {
  const parser = new StructureParser();
  for (const piece of pieces) parser.write(piece);
  return parser.end();
}
