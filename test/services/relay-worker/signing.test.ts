import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { authenticate } from 'mailauth';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createSigner } from '../../../services/relay-worker/signing/signer.ts';
import { wireForm } from '../../../services/relay-worker/signing/wire-form.ts';
import {
  createDkimKeys,
  DKIM_ALGORITHMS,
  type DkimKey,
  rotateDkimKeys,
  signingKeys,
} from '../../../shared/account/dkim-keys.ts';
import { isDirectoryRefusal } from '../../../shared/account/refusal.ts';
import { openPGlite } from '../../../shared/database/pglite.ts';
import type { Database } from '../../../shared/database/port.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import { keyResolver } from './dns-keys.ts';
import { entryOf } from './entry.ts';
import { makeWorld, type World } from './world.ts';

const FROM =
  'From: Alice <alice@example.test>\r\nTo: bob@example.org\r\nSubject: hello\r\nDate: Wed, 25 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.test>\r\n';

async function newKeys(database: Database, domain: string): Promise<readonly DkimKey[]> {
  const made = await createDkimKeys(database, domain, DKIM_ALGORITHMS);
  const keys = isDirectoryRefusal(made) ? made : await rotateDkimKeys(database, domain);
  if (isDirectoryRefusal(keys)) throw new Error(keys.text);
  return keys;
}

async function results(message: Buffer, keys: readonly DkimKey[]): Promise<string[]> {
  const { results: found } = await dkimVerify(message, { resolver: keyResolver(keys) });
  return found.map(({ status, algo, signingDomain }) => `${algo} ${signingDomain} ${status.result}`);
}

const BOTH = ['rsa-sha256 example.test pass', 'ed25519-sha256 example.test pass'];

describe('signing', () => {
  let world: World;
  let database: Database;
  let keys: readonly DkimKey[];
  before(async () => {
    database = await openPGlite(undefined);
    world = await makeWorld(database);
    keys = await newKeys(database, 'example.test');
  });
  after(async () => {
    await world.stop();
    await database.close();
  });

  /** What a remote would read, signed; the content comes in pieces of a few bytes. */
  async function signed(text: string, body: '7bit' | '8bit' | 'binary' = '8bit'): Promise<Buffer> {
    const sign = createSigner({
      keys: (domain) => signingKeys(database, domain),
      hostname: 'us.example.test',
      now: () => database.now(),
      metrics: createMetrics(),
    });
    const bytes = Buffer.from(text, 'latin1');
    async function* stored() {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    }
    const prefix = await sign(entryOf({ signer: 'example.test', body }), stored);
    const sent: Uint8Array[] = [prefix];
    for await (const piece of wireForm(stored(), body)) sent.push(piece);
    return Buffer.concat(sent);
  }

  const long = 'x'.repeat(3_000);
  const texts: [string, string][] = [
    ['a body', `${FROM}\r\nhello\r\n`],
    ['no body', `${FROM}\r\n`],
    ['a header alone', FROM],
    ['blanks everywhere', `${FROM}\r\n  two  \t spaces \t\r\n\t\r\nlast line \r\n \r\n\r\n\r\n`],
    ['nothing but empty lines', `${FROM}\r\n\r\n\r\n\r\n`],
    ['no line end at the end', `${FROM}\r\nno end `],
    ['dots', `${FROM}\r\n.\r\n..\r\n.x\r\n`],
    ['CR and LF alone', `${FROM}\r\na\nb\rc\r\r\nd\n`],
    ['a CR at the end', `${FROM}\r\na\r`],
    ['8-bit content', `${FROM}X: \xc3\xa4\r\n\r\n\xc3\xa4\xff  \xe4\r\n`],
    ['lines over the limit', `${FROM}X: ${long}\r\nSender: ${long}\r\n\r\n.${long} ${long}\r\n`],
    [
      'folded and doubled fields',
      `${FROM}sUbJeCt :  a\r\n\t b  \r\nTo: x@y.example,\r\n z@y.example\r\nReferences: <a>\r\n <b>\r\n\r\nx\r\n`,
    ],
    ['many pieces of a large body', `${FROM}\r\n${'line  of text \r\n'.repeat(2_000)}`],
  ];
  for (const [what, text] of texts) {
    test(`what is sent verifies: ${what}`, async () => {
      assert.deepEqual(await results(await signed(text), keys), BOTH);
    });
  }

  test('what is sent verifies: any bytes', async () => {
    const alphabet = ['a', 'b', ' ', '\t', '\r\n', '\r\n', '.', '\xe4', '\r', '\n'];
    for (let n = 0; n < 40; n++) {
      const body = Array.from(
        { length: 60 },
        () => alphabet[Math.floor(Math.random() * alphabet.length)],
      ).join('');
      assert.deepEqual(await results(await signed(`${FROM}\r\n${body}`), keys), BOTH, JSON.stringify(body));
    }
  });

  test('binary content is signed as it is', async () => {
    const message = await signed(`${FROM}\r\n\0\x01\xff${long}\r\n.\r\nend`, 'binary');
    assert.deepEqual(await results(message, keys), BOTH);
    assert.ok(message.includes(Buffer.from(`${long}\r\n.\r\nend`, 'latin1')));
  });

  test('no field of those that are read can be added, and none changed', async () => {
    const message = (await signed(`${FROM}\r\nhello\r\n`)).toString('latin1');
    const failed = BOTH.map((line) => line.replace('pass', 'fail'));
    for (const field of [
      'From',
      'To',
      'Cc',
      'Subject',
      'Date',
      'Reply-To',
      'Message-ID',
      'MIME-Version',
      'Content-Type',
    ])
      assert.deepEqual(await results(Buffer.from(`${field}: more\r\n${message}`), keys), failed, field);
    assert.deepEqual(
      await results(Buffer.from(message.replace('\r\n\r\nhello', '\r\n\r\nhallo')), keys),
      BOTH.map((line) => line.replace('pass', 'neutral')),
    );
    assert.deepEqual(
      await results(Buffer.from(message.replace('hello\r\nDate', 'hallo\r\nDate')), keys),
      failed,
    );
    assert.deepEqual(
      await results(Buffer.from(`List-Id: <l.example>\r\nSender: x@y\r\n${message}`), keys),
      BOTH,
    );
  });

  test('a message without From, and one with a header past all bounds, go out unsigned', async () => {
    assert.match((await signed('Subject: x\r\n\r\nx\r\n')).toString(), /^Subject: x/);
    assert.match(
      (await signed(`X: ${'y '.repeat(140_000)}\r\n\r\nx\r\n`)).toString('latin1', 0, 100),
      /^X: y/,
    );
  });

  test('over DATA: signed once for all destinations, and SIZE counts the signature', async () => {
    const one = await world.domain('one.example');
    const two = await world.domain('two.example');
    const emailId = await world.submit(['bob@one.example', 'bob@two.example'], {
      text: `${FROM}\r\nÄ. ${long}\r\n.\r\n`,
      body: '8bit',
      signer: 'example.test',
    });
    await world.settled(emailId, 2);
    const [first] = one.messages;
    assert.deepEqual(await results(first!.data, keys), BOTH);
    assert.deepEqual(first!.data, two.messages[0]!.data);
    const size = Number(/SIZE=(\d+)/.exec(first!.mail)?.[1]);
    // Each line that was broken got three bytes on the way.
    assert.equal(first!.data.length - size, 3 * 3);
  });

  test('over BDAT: the chunk is as long as it was said to be', async () => {
    const sink = await world.domain('binary.example', {
      ehlo: ['PIPELINING', 'SIZE 10485760', '8BITMIME', 'CHUNKING', 'BINARYMIME'],
    });
    const emailId = await world.submit(['bob@binary.example'], {
      text: `${FROM}\r\n\0\xff${long}\r\n.\r\nend`,
      body: 'binary',
      signer: 'example.test',
    });
    assert.equal((await world.settled(emailId, 1))[0]?.outcome, 'delivered');
    assert.deepEqual(await results(sink.messages[0]!.data, keys), BOTH);
  });

  test('DSNs to others are signed by the domain that our own name lies in', async () => {
    await world.domain('refusing.example', {
      reply: (line) => (line.startsWith('RCPT') ? '550 5.1.1 no' : undefined),
    });
    const back = await world.domain('back.example');
    await world.submit(['bob@refusing.example'], { reversePath: 'carol@back.example' });
    await back.until(() => back.messages.length === 1);
    assert.deepEqual(await results(back.messages[0]!.data, keys), BOTH);
  });

  test('what came from others is not signed in our name, but sealed with what we found', async () => {
    const sink = await world.domain('far.example');
    const results =
      'Authentication-Results: us.example.test;\r\n spf=pass smtp.mailfrom=there.example;\r\n dmarc=pass header.from=there.example\r\n';
    const foreign = FROM.replace('example.test', 'there.example');
    const emailId = await world.submit(['bob@far.example'], {
      text: `Delivered-To: us@example.test\r\n${results}Received: from x by us.example.test; now\r\n${foreign}\r\nhello\r\n`,
      forwarder: 'example.test',
    });
    await world.settled(emailId, 1);
    const { data } = sink.messages[0]!;
    assert.doesNotMatch(data.toString(), /^DKIM-Signature/m);
    const checked = await authenticate(data, {
      ip: '127.0.0.1',
      helo: 'us.example.test',
      mta: 'far.example',
      sender: 'alice@there.example',
      resolver: keyResolver(keys),
    });
    assert.ok(checked.arc);
    assert.equal(checked.arc.status.result, 'pass');
    assert.match(checked.headers, /arc=pass \(i=1 spf=pass dmarc=pass fromdomain=there\.example\)/);

    // The next hop passes it on to us, and we on once more.
    const again = await world.submit(['bob@far.example'], {
      text: `${results.replace('dmarc', 'arc=pass (i=1);\r\n dmarc')}Received: from far by us.example.test; now\r\n${data.toString()}`,
      forwarder: 'example.test',
    });
    await world.settled(again, 1);
    const second = await authenticate(sink.messages[1]!.data, {
      ip: '127.0.0.1',
      helo: 'us.example.test',
      mta: 'far.example',
      sender: 'alice@there.example',
      resolver: keyResolver(keys),
    });
    assert.ok(second.arc);
    assert.deepEqual([second.arc.status.result, second.arc.i], ['pass', 2]);
  });

  test('nothing is vouched for on the word of somebody else', async () => {
    const sink = await world.domain('further.example');
    const forged = 'Authentication-Results: us.example.test; dmarc=pass header.from=there.example\r\n';
    for (const text of [
      `Received: from x by us.example.test; now\r\n${forged}${FROM}\r\nx\r\n`,
      `Authentication-Results: other.example; spf=pass\r\n${FROM}\r\nx\r\n`,
    ]) {
      const emailId = await world.submit(['bob@further.example'], { text, forwarder: 'example.test' });
      await world.settled(emailId, 1);
    }
    for (const { data } of sink.messages) assert.doesNotMatch(data.toString(), /^(ARC-|DKIM-)/m);
  });
});
