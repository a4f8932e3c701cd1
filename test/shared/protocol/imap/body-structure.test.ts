import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parser } from 'imapflow/lib/handler/imap-handler.js';
import { ImapStream } from 'imapflow/lib/handler/imap-stream.js';
import { parseStructure } from '../../../../shared/message/parser.ts';
import { formatBodyStructure } from '../../../../shared/protocol/imap/format-body-structure.ts';
import { formatEnvelope } from '../../../../shared/protocol/imap/format-envelope.ts';
import { checkBody, checkEnvelope, type Data, readData } from '../../../imap-data.ts';
import { random } from '../../message/cuts.ts';
import { randomMessage } from '../../message/random-message.ts';

interface Told {
  readonly envelope: string;
  readonly body: string;
  readonly structure: string;
}

function tell(bytes: Buffer): Told {
  const { envelope, body } = parseStructure(bytes);
  return {
    envelope: formatEnvelope(envelope),
    body: formatBodyStructure(body, false),
    structure: formatBodyStructure(body, true),
  };
}

/** Reads all of it by the grammar; returns the depth of parts in parts. */
function check(bytes: Buffer): Told {
  const told = tell(bytes);
  checkEnvelope(readData(told.envelope));
  checkBody(readData(told.body), false);
  checkBody(readData(told.structure), true);
  return told;
}

/** What imapflow reads, in the shape of our own reader. */
async function readByImapflow(text: string): Promise<Data> {
  const stream = new ImapStream({ logger: false });
  stream.end(Buffer.from(`* X ${text}\r\n`, 'latin1'));
  for await (const { payload, literals, next } of stream) {
    const { attributes } = await parser(payload, { literals });
    next();
    return shape(attributes![0]);
  }
  throw new Error('imapflow read nothing');
}

function shape(read: unknown): Data {
  if (Array.isArray(read)) return read.map(shape);
  if (read === null || read === undefined) return null;
  const { type, value } = read as { type: string; value: string | Buffer };
  if (type === 'ATOM' && /^[0-9]+$/.test(String(value))) return Number(value);
  return Buffer.isBuffer(value) ? value.toString('latin1') : value;
}

const nested = (levels: number): string =>
  `${'Content-Type: message/rfc822\r\n\r\n'.repeat(levels)}Subject: inmost\r\n\r\ntext\r\n`;

const MULTIPARTS = Array.from(
  { length: 100 },
  (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
).join('');

const HARD: Readonly<Record<string, string>> = {
  nothing: '',
  'a line end': '\r\n',
  'no header': '\r\nbody alone',
  'a header alone': 'Subject: s',
  'a field without a name': ': x\r\n\r\n',
  NUL: 'Subject: a\0b\r\nFrom: a\0@\0b\r\nContent-Type: text/plain; name="\0"\r\n\r\n\0\0',
  'eight bits':
    'Subject: \xfc\xff\r\nFrom: "\xe4\x00" <\xf6@\xfc>\r\nContent-Type: text/pl\xe4in; x=\xff\r\n\r\n\x80',
  'bare CR': 'Subject: a\rb\rc\r\nFrom: a\r\r@b\r\n\r\nx\ry\r\r\nz',
  'bare LF': 'Subject: a\nTo: b\n c\n\nx\ny',
  quotes: 'Subject: "\\"\r\nFrom: "a\\"b\\\\" <c"d@e>\r\nContent-Type: text/plain; a="\\"\\\\"\r\n\r\n',
  'long strings': `Subject: ${'s'.repeat(5_000)}\r\nContent-Description: ${'"'.repeat(3_000)}\r\n\r\n`,
  '100 messages in messages': nested(100),
  '300 messages in messages': nested(300),
  '100 multiparts in multiparts': MULTIPARTS,
  '10,000 fields': `${Array.from({ length: 10_000 }, (_, at) => `X-${at}: ${at}\r\n`).join('')}\r\nbody`,
  '10,000 addresses': `To: ${Array.from({ length: 10_000 }, (_, at) => `a${at}@b`).join(',\r\n ')}\r\n\r\n`,
  groups: 'To: g: a@b, c;, (x) , <>, h:;\r\nCc: ;;;\r\nBcc: :\r\n\r\n',
  'an empty type': 'Content-Type: /\r\nContent-Transfer-Encoding: \r\nContent-Disposition: ;\r\n\r\n',
  'a multipart without parts': 'Content-Type: multipart/mixed; boundary=x\r\n\r\nno delimiter',
  'an encoded message': 'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA',
  'message/global': 'Content-Type: message/global\r\n\r\nSubject: \xc3\xa4\r\n\r\n\xc3\xa4\r\n',
  'message/partial': 'Content-Type: message/partial; number=1; total=2; id=x\r\n\r\nSubject: half\r\n',
};

describe('ENVELOPE and BODYSTRUCTURE of any message are by the grammar', () => {
  for (const [name, text] of Object.entries(HARD)) {
    test(name, () => {
      check(Buffer.from(text, 'latin1'));
    });
  }

  test('of messages put together at random', () => {
    for (let seed = 1; seed <= 4_000; seed += 1) {
      const bytes = randomMessage(random(seed));
      try {
        check(bytes);
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
      }
    }
  });

  test('imapflow reads the same values', async () => {
    const messages: Buffer[] = Object.entries(HARD)
      .filter(([name]) => !/in messages|in multiparts/.test(name))
      .map(([, text]) => Buffer.from(text, 'latin1'));
    for (let seed = 10_001; seed <= 10_150; seed += 1) messages.push(randomMessage(random(seed), 30));
    for (const bytes of messages) {
      const { envelope, structure } = check(bytes);
      for (const text of [envelope, structure])
        assert.deepEqual(
          await readByImapflow(text),
          readData(text),
          JSON.stringify(bytes.toString('latin1')),
        );
    }
  });
});
