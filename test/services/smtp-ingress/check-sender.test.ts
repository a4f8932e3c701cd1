import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { dkimSign, sealMessage } from 'mailauth';
import { checkSender, unchecked } from '../../../services/smtp-ingress/authentication/check-sender.ts';
import { dmarcAction } from '../../../services/smtp-ingress/authentication/dmarc-action.ts';
import { resolveBy } from '../../../services/smtp-ingress/authentication/resolve.ts';
import type { SenderResults } from '../../../services/smtp-ingress/authentication/results.ts';
import { createResolver } from '../../../shared/net/resolver.ts';
import { startDnsServer, type TestDnsServer } from '../../dns-server.ts';

const HOST = 'mail.example.test';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ED25519 = generateKeyPairSync('ed25519');
const RSA_RECORD = `v=DKIM1; k=rsa; p=${RSA.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const ED25519_RECORD = `v=DKIM1; k=ed25519; p=${ED25519.publicKey
  .export({ type: 'spki', format: 'der' })
  .subarray(-32)
  .toString('base64')}`;
const pem = (key: typeof RSA.privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

let dns: TestDnsServer;
before(async () => {
  dns = await startDnsServer({
    'good.example': { txt: ['v=spf1 ip4:192.0.2.1 include:_spf.good.example ~all'] },
    '_spf.good.example': { txt: ['v=spf1 ip6:2001:db8::/32 a:out.good.example -all'] },
    'out.good.example': { a: ['192.0.2.7'], aaaa: ['2001:db9::7'] },
    'rsa._domainkey.good.example': { txt: [RSA_RECORD] },
    'ed._domainkey.good.example': { txt: [ED25519_RECORD] },
    'late._domainkey.good.example': { servfail: true },
    '_dmarc.good.example': { txt: ['v=DMARC1; p=reject; sp=quarantine'] },
    'strict.example': { txt: ['v=spf1 mx -all'], mx: [[10, 'mx.strict.example']] },
    'mx.strict.example': { a: ['192.0.2.9'] },
    '_dmarc.strict.example': { txt: ['v=DMARC1; p=quarantine; aspf=s; adkim=s'] },
    'sub.strict.example': { txt: ['v=spf1 +all'] },
    'none.example': { a: ['192.0.2.1'] },
    'broken.example': { txt: ['v=spf1 include:away.example -all'] },
    'away.example': { servfail: true },
    '_dmarc.broken.example': { servfail: true },
    'wrong.example': { txt: ['v=spf1 nonsense:x -all'] },
    '_dmarc.few.example': { txt: ['v=DMARC1; p=reject; pct=20'] },
    '_dmarc.soft.example': { txt: ['v=DMARC1; p=none'] },
    '_dmarc.testing.example': { txt: ['v=DMARC1; p=reject; t=y'] },
    'list.example': { txt: ['v=spf1 ip4:198.51.100.5 -all'] },
    'arc._domainkey.list.example': { txt: [RSA_RECORD] },
  });
});
after(() => dns?.stop());

interface Sent {
  readonly from?: string;
  readonly ip?: string;
  readonly helo?: string;
  readonly header?: string;
  readonly text?: string | Buffer;
  /** The whole message. */
  readonly message?: Buffer;
}

const messageOf = ({ header = 'From: a@good.example\r\n', text = 'Hello\r\n' }: Sent): Buffer =>
  Buffer.from(`${header}To: b@example.test\r\nSubject: s\r\nMessage-ID: <1@x>\r\n\r\n${text}`);

function check(sent: Sent): Promise<SenderResults> {
  const { from = 'a@good.example', ip = '192.0.2.1', helo = 'mx.good.example' } = sent;
  const bytes = sent.message ?? messageOf(sent);
  const pieces = Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 17) }, (_, i) => bytes.subarray(i * 17, i * 17 + 17)),
  );
  const resolver = resolveBy(createResolver([dns.address]));
  return checkSender(pieces, { address: ip, domain: helo, reversePath: from }, resolver, HOST);
}

async function signed(sent: Sent, selector = 'rsa', signingDomain = 'good.example'): Promise<Buffer> {
  const message = messageOf(sent);
  const key = selector === 'ed' ? ED25519 : RSA;
  const { signatures } = await dkimSign(message, {
    signatureData: [{ signingDomain, selector, privateKey: pem(key.privateKey) }],
  } as never);
  return Buffer.concat([Buffer.from(signatures), message]);
}

describe('SPF', () => {
  const rows: [string, Sent, string][] = [
    ['an address of its own', {}, 'pass'],
    ['IPv6, by include', { ip: '2001:db8::5' }, 'pass'],
    ['a host, by include', { ip: '192.0.2.7' }, 'pass'],
    ['none of them', { ip: '198.51.100.1' }, 'softfail'],
    ['an exchanger', { from: 'a@strict.example', ip: '192.0.2.9' }, 'pass'],
    ['none, strictly', { from: 'a@strict.example' }, 'fail'],
    ['a domain without a record', { from: 'a@none.example' }, 'none'],
    ['a domain that does not exist', { from: 'a@nowhere.example' }, 'none'],
    ['a record that leads to a server that fails', { from: 'a@broken.example' }, 'temperror'],
    ['a record that is wrong', { from: 'a@wrong.example' }, 'permerror'],
    ['the null reverse-path, by the greeting', { from: '', helo: 'good.example' }, 'pass'],
    ['the null reverse-path and a literal', { from: '', helo: '[192.0.2.1]' }, 'none'],
    ['an IPv4 address in IPv6 dress', { ip: '::ffff:192.0.2.1' }, 'pass'],
  ];
  for (const [name, sent, result] of rows) {
    test(`${name}: ${result}`, async () => {
      const { spf, fields } = await check(sent);
      assert.equal(spf, result);
      assert.match(fields, new RegExp(`^Authentication-Results: ${HOST};\\r\\n[^]* spf=${result} `));
      assert.match(fields, new RegExp(`\\r\\nReceived-SPF: ${result} `));
    });
  }
});

describe('DKIM', () => {
  test('RSA and Ed25519 pass', async () => {
    for (const selector of ['rsa', 'ed']) {
      const { dkim, dmarc } = await check({ message: await signed({}, selector), ip: '203.0.113.1' });
      assert.deepEqual(dkim, [{ result: 'pass', domain: 'good.example' }], selector);
      assert.equal(dmarc.result, 'pass');
    }
  });

  test('a changed body, a changed field, a key that is not there, a server that fails', async () => {
    const message = (await signed({})).toString('latin1');
    const rows: [string, string][] = [
      [message.replace('Hello', 'Hallo'), 'neutral'],
      [message.replace('Subject: s', 'Subject: t'), 'fail'],
      [(await signed({}, 'gone')).toString('latin1'), 'neutral'],
      [(await signed({}, 'late')).toString('latin1'), 'temperror'],
    ];
    for (const [text, result] of rows) {
      const { dkim, dmarc } = await check({ message: Buffer.from(text, 'latin1'), ip: '203.0.113.1' });
      assert.deepEqual(dkim, [{ result, domain: 'good.example' }]);
      assert.equal(dmarc.result, 'fail');
    }
  });
});

describe('DMARC', () => {
  const rows: [string, Sent, string, string, string][] = [
    ['aligned by SPF', {}, 'pass', 'reject', 'none'],
    ['not aligned', { from: 'x@none.example' }, 'fail', 'reject', 'reject'],
    [
      'a subdomain has a policy of its own',
      { from: 'x@none.example', header: 'From: <a@deep.good.example>\r\n' },
      'fail',
      'quarantine',
      'quarantine',
    ],
    [
      'relaxed alignment is not enough where it is to be strict',
      { from: 'x@sub.strict.example', header: 'From: <a@strict.example>\r\n' },
      'fail',
      'quarantine',
      'quarantine',
    ],
    ['no policy', { header: 'From: <a@none.example>\r\n' }, 'none', 'none', 'none'],
    ['a policy that asks for nothing', { header: 'From: <a@soft.example>\r\n' }, 'fail', 'none', 'none'],
    ['a policy on trial', { header: 'From: <a@testing.example>\r\n' }, 'fail', 'quarantine', 'quarantine'],
    ['DNS fails', { header: 'From: <a@broken.example>\r\n' }, 'temperror', 'none', 'none'],
    ['a server of the sender fails', { from: 'a@broken.example' }, 'fail', 'reject', 'reject'],
    [
      'two domains in From',
      { header: 'From: a@good.example, b@none.example\r\n' },
      'none',
      'none',
      'quarantine',
    ],
    [
      'two From fields',
      { header: 'From: a@good.example\r\nFrom: b@good.example\r\n' },
      'none',
      'none',
      'quarantine',
    ],
    ['no From', { header: 'X: y\r\n' }, 'none', 'none', 'quarantine'],
    [
      'blanks before the colon',
      { from: 'x@none.example', header: 'From : a@good.example\r\n' },
      'fail',
      'reject',
      'reject',
    ],
  ];
  for (const [name, sent, result, policy, action] of rows) {
    test(`${name}: ${result}, ${action}`, async () => {
      const results = await check(sent);
      assert.deepEqual([results.dmarc.result, results.dmarc.policy], [result, policy]);
      assert.deepEqual(dmarcAction(results, { trustedSealers: [], draw: 50 }), { action });
    });
  }

  test('of the share that a policy is not asked for, the next lower one holds', async () => {
    const results = await check({ header: 'From: <a@few.example>\r\n' });
    assert.equal(results.dmarc.percent, 20);
    const actions = [19, 20].map((draw) => dmarcAction(results, { trustedSealers: [], draw }));
    assert.deepEqual(actions, [{ action: 'reject' }, { action: 'quarantine' }]);
  });
});

test('where DNS fails for what might have aligned, nothing is done about it', async () => {
  const act = (results: SenderResults) => dmarcAction(results, { trustedSealers: [], draw: 0 }).action;
  const late = await check({ message: await signed({}, 'late'), from: 'x@none.example' });
  assert.deepEqual([late.dmarc.result, act(late)], ['fail', 'none']);
  // A stranger's signature that cannot be checked excuses nobody.
  const message = await signed({ header: 'From: a@strict.example\r\n' }, 'late');
  const foreign = await check({ message, from: 'x@none.example' });
  assert.deepEqual([foreign.dkim[0]?.result, act(foreign)], ['temperror', 'quarantine']);
});

describe('ARC', () => {
  /** As a list sends it: From of another domain, the text changed, sealed with what it had found. */
  async function sealed(found: string): Promise<Buffer> {
    const message = messageOf({ text: 'Hello\r\n-- \r\nthe list\r\n' });
    const seal = await sealMessage(message, {
      signingDomain: 'list.example',
      selector: 'arc',
      privateKey: pem(RSA.privateKey),
      authResults: `list.example; ${found}`,
      cv: 'none',
    });
    return Buffer.concat([Buffer.from(seal), message]);
  }
  const fromList = (message: Buffer) => check({ from: 'bounce@list.example', ip: '198.51.100.5', message });

  test('a seal counts from those that are trusted, and only when DMARC passed there', async () => {
    const results = await fromList(await sealed('dmarc=pass header.from=good.example'));
    assert.deepEqual([results.arc, results.dmarc.result], ['pass', 'fail']);
    assert.deepEqual(results.sealers, [{ domain: 'list.example', dmarcPassed: true }]);
    const act = (...trustedSealers: string[]) => dmarcAction(results, { trustedSealers, draw: 0 });
    assert.deepEqual(act('list.example'), { action: 'trusted', sealer: 'list.example' });
    assert.deepEqual([act(), act('good.example')], [{ action: 'reject' }, { action: 'reject' }]);

    const failed = await fromList(await sealed('dmarc=fail header.from=good.example'));
    assert.equal(dmarcAction(failed, { trustedSealers: ['list.example'], draw: 0 }).action, 'reject');
  });

  test('a broken chain counts for nothing', async () => {
    const text = (await sealed('dmarc=pass header.from=good.example')).toString('latin1');
    const results = await fromList(Buffer.from(text.replace('the list', 'a thief'), 'latin1'));
    assert.equal(results.arc, 'fail');
    assert.equal(dmarcAction(results, { trustedSealers: ['list.example'], draw: 0 }).action, 'reject');
  });

  test('behind one that is not trusted nobody is', () => {
    const dmarc = {
      result: 'fail',
      policy: 'reject',
      percent: 100,
      domain: 'good.example',
      undecided: false,
      noAuthor: undefined,
    };
    const act = (...sealers: SenderResults['sealers']) =>
      dmarcAction({ ...unchecked(HOST), dmarc, sealers }, { trustedSealers: ['list.example'], draw: 0 })
        .action;
    const last = { domain: 'lists.list.example', dmarcPassed: false };
    const first = { domain: 'list.example', dmarcPassed: true };
    assert.equal(act(last, first), 'trusted');
    assert.equal(act({ ...last, domain: 'notlist.example' }, first), 'reject');
  });
});

test('what a stranger says stands in the results without breaking them', async () => {
  const rows: Sent[] = [
    { from: '"a\\"b;(c"@good.example', ip: '198.51.100.1' },
    { from: 'ä@ö.example', helo: 'x"y;(z' },
    {
      header: `From: a@good.example\r\nDKIM-Signature: v=1; a=rsa-sha256; d=${'x'.repeat(5_000)}; s=s; b=x; bh=x; h=from; i=@${'y'.repeat(5_000)}\r\n`,
    },
  ];
  for (const sent of rows) {
    const { fields } = await check(sent);
    assert.match(fields, /^Authentication-Results: mail\.example\.test;\r\n/);
    for (const line of fields.split('\r\n').slice(0, -1))
      assert.match(line, /^(?:[A-Za-z-]+: |[ \t]+)[^\r\n]{1,900}$/);
  }
});

test('what could not be checked is a temporary error', () => {
  assert.equal(
    unchecked(HOST).fields,
    `Authentication-Results: ${HOST};\r\n dkim=none;\r\n spf=temperror;\r\n arc=none;\r\n dmarc=temperror\r\n`,
  );
  assert.equal(dmarcAction(unchecked(HOST), { trustedSealers: [], draw: 0 }).action, 'none');
});
