import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ImapFlow } from 'imapflow';
import { start as startIngress } from '../../../services/smtp-ingress/service.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import { missingProgram, runProgram } from '../../clients/program.ts';
import { checkBody, checkEnvelope, type Data, readData } from '../../imap-data.ts';
import { random } from '../../shared/message/cuts.ts';
import { randomMessage } from '../../shared/message/random-message.ts';
import { Peer } from '../../transcripts/peer.ts';
import type { ImapClient } from './imap-client.ts';
import { openWorld, PASSWORD, type World } from './world.ts';

const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const HARD: Readonly<Record<string, string>> = {
  'one byte': 'x',
  'NUL alone': '\0',
  'a line end alone': '\r\n',
  'no header': '\r\nno header at all\r\n',
  'no field': 'this is no field\r\nnor this\r\n',
  'every byte in the body': `Subject: all\r\n\r\n${every.toString('latin1')}`,
  'every byte in the header': `Subject: ${every.toString('latin1')}\r\nX: y\r\n\r\nbody`,
  'bare CR and bare LF': 'Subject: a\rb\nFrom: c\n\rTo: d\r\r\n\n\r\rbody\r\n.\r\n\r.\n',
  'eight bits unencoded': 'Subject: Gr\xfc\xdfe \xff\xfe\r\nFrom: \xe4 <\xf6@\xfc>\r\n\r\n\x80\x81\r\n',
  'a multipart that does not end':
    'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\ntwo',
  'boundaries in each other':
    'Content-Type: multipart/a; boundary=x\n\n--x\nContent-Type: multipart/b; boundary=xx\n\n--xx\n\n--x--\n--xx--\n',
  '100 levels': `${'Content-Type: message/rfc822\r\n\r\n'.repeat(100)}Subject: inmost\r\n\r\n\0text`,
  '100 multiparts': Array.from(
    { length: 100 },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  ).join(''),
  '10,000 fields': `${Array.from({ length: 10_000 }, (_, at) => `X-${at}: ${at}\r\n`).join('')}\r\nbody`,
  'a literal and a tag inside': 'Subject: {5}\r\n\r\na OK done\r\n* BYE {3}\r\n+ go\r\n',
  'more than one chunk of storage': `Subject: long\r\n\r\n${'0123456789abcdef\0\r\n'.repeat(20_000)}`,
};

/** The value after `item` in a FETCH response that has this one item. */
const dataOf = (response: string, item: string): string => {
  const start = response.indexOf(`(${item} `);
  assert.ok(start > 0 && response.endsWith(')'), response.slice(0, 200));
  return response.slice(start + item.length + 2, -1);
};

function literalOf(value: string): string {
  const [header = '', size] = /^~?\{(\d+)\}\r\n/.exec(value) ?? [];
  assert.equal(value.length - header.length, Number(size), value.slice(0, 40));
  return value.slice(header.length);
}

const NO_PORTS = ({ ports }: Config): Config['ports'] =>
  Object.fromEntries(Object.keys(ports).map((name) => [name, 0])) as unknown as Config['ports'];

/**
 * What stands above the message; undefined: it is not this one. One empty line may have been put in, where its header ends without
 * one or it has none.
 */
function traceAbove(received: string, sent: string): string | undefined {
  if (received.endsWith(`\r\n${sent}`) && /^[\w-]+:|^\r\n/.test(sent)) return received.slice(0, -sent.length);
  const start = received.length - sent.length - 2;
  const below = received.slice(start);
  let same = 0;
  while (same < sent.length && below[same] === sent[same]) same += 1;
  const put = below.slice(same, same + 2) === '\r\n' && below.slice(0, same) + below.slice(same + 2) === sent;
  return put ? received.slice(0, start) : undefined;
}

describe('imap-gateway: what came in comes out', () => {
  let world: World;
  let client: ImapClient;
  let address: string;
  const names = Object.keys(HARD);
  const messages: Buffer[] = Object.values(HARD).map((text) => Buffer.from(text, 'latin1'));
  for (let seed = 1; messages.length < 200; seed += 1) {
    const bytes = randomMessage(random(seed));
    if (bytes.length > 0) messages.push(bytes);
  }

  before(async () => {
    world = await openWorld({ maxMessageBytes: 500_000 }, 'postgres');
    address = await world.account();
    client = await world.logIn(address);
    for (const [at, bytes] of messages.entries()) {
      const literal = Buffer.from(`APPEND INBOX ${at % 2 === 0 ? '~' : ''}{${bytes.length}+}\r\n`);
      assert.match(await client.tagged(Buffer.concat([literal, bytes])), /^OK/);
    }
    await client.ok('EXAMINE INBOX');
  });
  after(() => world?.stop());

  test('BODY[] and RFC822 whole, in pieces, and as header and text', async () => {
    for (const [at, bytes] of messages.entries()) {
      const name = names[at] ?? `random ${at}`;
      const fetch = async (item: string, told = item): Promise<string> => {
        const [response = ''] = await client.ok(`FETCH ${at + 1} ${item}`);
        return literalOf(dataOf(response, told));
      };
      const sent = bytes.toString('latin1');
      assert.ok((await fetch('BODY.PEEK[]', 'BODY[]')) === sent, name);
      if (at >= names.length) continue;
      assert.ok((await fetch('RFC822')) === sent, name);
      const header = await fetch('BODY.PEEK[HEADER]', 'BODY[HEADER]');
      assert.ok(header + (await fetch('BODY.PEEK[TEXT]', 'BODY[TEXT]')) === sent, name);
      let pieces = '';
      for (let offset = 0; offset < sent.length; offset += 99_991)
        pieces += await fetch(`BODY.PEEK[]<${offset}.99991>`, `BODY[]<${offset}>`);
      assert.ok(pieces === sent, name);
    }
  });

  test('what other servers hand over comes out below the trace fields as it was', async () => {
    const ingress = await startIngress(world.ports, { ...world.config, ports: NO_PORTS(world.config) });
    try {
      const { host, port } = ingress.addresses.smtp!;
      const peer = new Peer(host, port);
      const reply = async (): Promise<string> => {
        for (;;) {
          const line = (await peer.line()) ?? '';
          if (line[3] !== '-') return line;
        }
      };
      const say = (text: string): Promise<string> => {
        peer.send(text);
        return reply();
      };
      await reply();
      assert.match(await say('EHLO other.test\r\n'), /^250/);
      const receiver = await world.account();
      for (const [at, bytes] of messages.slice(0, names.length).entries()) {
        const text = bytes.toString('latin1');
        assert.match(await say('MAIL FROM:<a@other.test> BODY=BINARYMIME\r\n'), /^250/);
        assert.match(await say(`RCPT TO:<${receiver}>\r\n`), /^250/);
        assert.match(await say(`BDAT ${text.length} LAST\r\n${text}`), /^250/, `${names[at]}`);
      }
      peer.close();
      const reader = await world.logIn(receiver, 1);
      await reader.ok('SELECT INBOX');
      for (let round = 0; ; round += 1) {
        const [found = ''] = await reader.ok('UID SEARCH RETURN (COUNT) ALL');
        if (found.endsWith(`COUNT ${names.length}`)) break;
        assert.ok(round < 500, found);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await reader.ok('NOOP');
      }
      const left = new Map(
        messages.slice(0, names.length).map((bytes, at) => [bytes.toString('latin1'), names[at]!]),
      );
      for (let number = 1; number <= names.length; number += 1) {
        const [response = ''] = await reader.ok(`FETCH ${number} BODY.PEEK[]`);
        const received = literalOf(dataOf(response, 'BODY[]'));
        const sent = [...left.keys()]
          .flatMap((text) => {
            const trace = traceAbove(received, text);
            return trace === undefined ? [] : [{ text, trace }];
          })
          .sort((one, other) => other.text.length - one.text.length)[0];
        assert.ok(sent, `message ${number}: ${JSON.stringify(received.slice(0, 900))}`);
        left.delete(sent.text);
        assert.match(sent.trace, /^Return-Path: <a@other\.test>\r\n(?:[\w-]+: .*\r\n(?:[ \t].*\r\n)*)+$/);
      }
      assert.equal(left.size, 0);
      await reader.close();
    } finally {
      await ingress.stop(0);
    }
  });

  test('ENVELOPE, BODY and BODYSTRUCTURE are by the grammar', async () => {
    const read = async (item: string): Promise<Data[]> =>
      (await client.ok(`FETCH 1:* ${item}`)).map((response) => readData(dataOf(response, item)));
    for (const envelope of await read('ENVELOPE')) checkEnvelope(envelope);
    for (const body of await read('BODY')) checkBody(body, false);
    for (const structure of await read('BODYSTRUCTURE')) checkBody(structure, true);
  });

  test('put together of others too, as large as a message may be', async () => {
    const at = names.indexOf('more than one chunk of storage') + 1;
    const part = `URL "/INBOX/;UID=${at}/;PARTIAL=0.200000"`;
    const text = messages[at - 1]!.toString('latin1', 0, 200_000);
    await client.ok(`APPEND Drafts CATENATE (${part} TEXT {3+}\r\na\0b ${part})`);
    assert.match(
      await client.tagged(`APPEND Drafts CATENATE (${part} ${part} ${part} TEXT {9}`),
      /^NO \[TOOBIG\]/,
    );
    await client.ok('EXAMINE Drafts');
    const [response = ''] = await client.ok('FETCH 1 BODY[]');
    assert.ok(literalOf(dataOf(response, 'BODY[]')) === `${text}a\0b${text}`);
    await client.ok('EXAMINE INBOX');
  });

  test('imapflow', async () => {
    const { host, port } = world.gateways[0].addresses.imap!;
    const auth = { user: address, pass: PASSWORD };
    const flow = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false });
    await flow.connect();
    const lock = await flow.getMailboxLock('INBOX');
    try {
      let count = 0;
      for await (const found of flow.fetch('1:*', {
        source: true,
        size: true,
        envelope: true,
        bodyStructure: true,
      })) {
        const sent = messages[found.seq - 1]!;
        assert.equal(found.size, sent.length);
        assert.ok(found.source!.equals(sent), names[found.seq - 1] ?? `random ${found.seq}`);
        const name = names[found.seq - 1] ?? '';
        assert.ok(found.envelope !== undefined, name);
        // It leaves out what is nested deeper than it cares to read.
        if (!name.startsWith('100 ')) assert.ok(found.bodyStructure !== undefined, name);
        count += 1;
      }
      assert.equal(count, messages.length);
    } finally {
      lock.release();
      await flow.logout();
    }
  });

  test('imaplib', { skip: missingProgram('python3') }, async () => {
    const { port } = world.gateways[0].addresses.imap!;
    const path = new URL('../../clients/python/imap_read.py', import.meta.url).pathname;
    const order = { security: 'none', login: address, password: PASSWORD, port, delete: false };
    const read = JSON.parse(
      (await runProgram('python3', [path], { input: JSON.stringify(order) })).toString(),
    );
    assert.equal(read.length, messages.length);
    for (const [at, { message }] of read.entries())
      assert.ok(Buffer.from(message, 'base64').equals(messages[at]!), names[at] ?? `random ${at}`);
  });
});
