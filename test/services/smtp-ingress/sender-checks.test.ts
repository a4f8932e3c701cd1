import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { start as startImapGateway } from '../../../services/imap-gateway/service.ts';
import { start as startMailboxStore } from '../../../services/mailbox-store/service.ts';
import type { Envelope } from '../../../services/smtp-ingress/envelope.ts';
import type { IngressMetrics } from '../../../services/smtp-ingress/metrics.ts';
import { senderChecks } from '../../../services/smtp-ingress/policies/sender-checks.ts';
import type { ConnectionPolicy } from '../../../services/smtp-ingress/policy.ts';
import { start as startIngress } from '../../../services/smtp-ingress/service.ts';
import type { Connection } from '../../../shared/net/connection.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { startDnsServer, type TestDnsServer } from '../../dns-server.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { until } from '../mailbox-store/world.ts';
import { Client, PASSWORD, plain, queuedAs } from './world.ts';

const KEY = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const RECORD = `v=DKIM1; k=rsa; p=${KEY.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const ZONE = {
  'bank.example': { txt: ['v=spf1 ip4:192.0.2.1 -all'] },
  '_dmarc.bank.example': { txt: ['v=DMARC1; p=reject'] },
  's1._domainkey.bank.example': { txt: [RECORD] },
  'shop.example': { txt: ['v=spf1 ip4:192.0.2.1 -all'] },
  '_dmarc.shop.example': { txt: ['v=DMARC1; p=quarantine'] },
  'plain.example': { txt: ['v=spf1 ip4:127.0.0.1 -all'] },
};

describe('mail from other servers, embedded', () => {
  let dns: TestDnsServer;
  let opened: TestPorts;
  let directory: string;
  let ingress: Running;
  let marking: Running;
  const services: Running[] = [];
  let alice: ImapFlow;

  before(async () => {
    dns = await startDnsServer(ZONE);
    directory = mkdtempSync(join(tmpdir(), 'cartero-'));
    const names = ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP', 'MANAGESIEVE', 'IMAP', 'IMAPS'];
    opened = await openTestPorts('pglite', {
      ...Object.fromEntries(names.map((name) => [`${name}_PORT`, '0'])),
      DATA_DIR: directory,
      DNS_SERVERS: dns.address,
      CHECK_SENDERS: 'always',
      GREETING_DELAY: '0s',
    });
    const { ports, config } = opened;
    await createDemoAccounts(ports.database, PASSWORD);
    services.push(await startMailboxStore(ports, config));
    ingress = await startIngress(ports, config);
    marking = await startIngress(ports, { ...config, dmarcPolicy: 'mark' });
    const imap = await startImapGateway(ports, config);
    services.push(ingress, marking, imap);
    const { host, port } = imap.addresses.imap!;
    alice = new ImapFlow({
      host,
      port,
      secure: false,
      doSTARTTLS: false,
      auth: { user: 'alice@example.test', pass: PASSWORD },
      logger: false,
    });
    await alice.connect();
  });
  after(async () => {
    await alice?.logout();
    await Promise.all(services.map((service) => service.stop(0)));
    await opened?.close();
    await dns?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const client = async (running = ingress, listener = 'smtp'): Promise<Client> => {
    const opening = await Client.open(running, listener);
    await opening.say(listener === 'lmtp' ? 'LHLO mx.bank.example' : 'EHLO mx.bank.example');
    return opening;
  };

  /** The message with this subject, once it is in the mailbox. */
  async function received(mailbox: string, subject: string): Promise<string> {
    let found: Buffer | undefined;
    await until(`${subject} in ${mailbox}`, async () => {
      const lock = await alice.getMailboxLock(mailbox);
      try {
        await alice.noop();
        for await (const one of alice.fetch('1:*', { source: true, envelope: true }))
          if (one.envelope?.subject === subject) found = one.source;
      } finally {
        lock.release();
      }
      return found !== undefined;
    });
    return found!.toString('latin1');
  }

  const send = async (from: string, text: string, running = ingress): Promise<string> => {
    const sender = await client(running);
    await sender.envelope(from, 'alice@example.test');
    const said = await sender.message(text);
    sender.close();
    return said;
  };

  test('what its domain asks to refuse is refused', async () => {
    const text = 'From: ceo@bank.example\r\nSubject: forged\r\n\r\nPay!\r\n';
    assert.equal(
      await send('ceo@bank.example', text),
      '550 5.7.1 Message is not from bank.example, whose DMARC policy asks to refuse it',
    );
    queuedAs(await send('ceo@bank.example', text.replace('forged', 'marked'), marking));
    assert.match(await received('INBOX', 'marked'), /\r\n dmarc=fail .*policy\.dmarc=reject/);
  });

  test('what its domain asks to set aside is in Junk, in IMAP', async () => {
    queuedAs(await send('x@shop.example', 'From: x@shop.example\r\nSubject: offer\r\n\r\nBuy!\r\n'));
    const text = await received('Junk', 'offer');
    assert.match(text, /^Return-Path: <x@shop\.example>\r\nAuthentication-Results: mail\.example\.test;\r\n/);
    assert.match(text, /\r\n spf=fail .*;\r\n dmarc=fail \(p=QUARANTINE /);
  });

  test('what nodemailer signs passes, whatever its way; forged results are gone, others stay', async () => {
    const { host, port } = ingress.addresses.smtp!;
    const transport = createTransport({
      host,
      port,
      tls: { rejectUnauthorized: false },
      dkim: {
        domainName: 'bank.example',
        keySelector: 's1',
        privateKey: KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    });
    await transport.sendMail({
      envelope: { from: 'bounce@plain.example', to: ['alice@example.test'] },
      from: 'Bank <news@bank.example>',
      to: 'alice@example.test',
      subject: 'news',
      text: 'Real news\n'.repeat(5_000),
      attachments: [{ filename: 'a.bin', content: Buffer.alloc(300_000, 7) }],
      headers: {
        'Authentication-Results': [
          'mail.example.test; dmarc=pass header.from=bank.example',
          'mx.elsewhere.example; spf=pass',
        ] as never,
      },
    });
    transport.close();
    const text = await received('INBOX', 'news');
    const header = text.slice(0, text.indexOf('\r\n\r\n'));
    const results = header.match(/^Authentication-Results:.*(?:\r\n[ \t].*)*/gm)!;
    assert.equal(results.length, 2);
    assert.match(results[0]!, /^Authentication-Results: mail\.example\.test;\r\n dkim=pass /);
    assert.match(results[0]!, /spf=pass .*smtp\.mailfrom=bounce@plain\.example/);
    assert.match(
      results[0]!,
      /dmarc=pass \(p=REJECT arc=none\) policy\.dmarc=reject header\.from=bank\.example/,
    );
    assert.equal(results[1], 'Authentication-Results: mx.elsewhere.example; spf=pass');
    const order = ['Return-Path', 'Authentication-Results', 'Received-SPF', 'Received', 'Content-Type'];
    const places = order.map((name) => header.search(new RegExp(`^${name}: `, 'm')));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  });

  test('BDAT, and several messages on one connection', async () => {
    const sender = await client();
    for (const [domain, code] of [
      ['plain.example', '250'],
      ['bank.example', '550'],
      ['plain.example', '250'],
    ] as const) {
      const text = `From: a@${domain}\r\nSubject: bdat\r\n\r\nx\r\n`;
      await sender.say(`MAIL FROM:<a@${domain}>`);
      await sender.say('RCPT TO:<alice@example.test>');
      sender.send(`BDAT 10\r\n${text.slice(0, 10)}`);
      assert.match(await sender.reply(), /^250 /);
      sender.send(`BDAT ${text.length - 10} LAST\r\n${text.slice(10)}`);
      assert.equal((await sender.reply()).slice(0, 3), code);
    }
    sender.close();
  });

  test('a header that is too large to be checked is refused, and the next message taken', async () => {
    const sender = await client();
    await sender.envelope('a@plain.example', 'alice@example.test');
    const large = `From: a@plain.example\r\nX: ${'x'.repeat(70_000)}\r\n${' y\r\n'.repeat(3_000)}\r\n`;
    assert.match(await sender.message(`${large}${'body\r\n'.repeat(50_000)}`), /^552 5\.3\.4 /);
    await sender.envelope('a@plain.example', 'alice@example.test');
    queuedAs(await sender.message('From: a@plain.example\r\n\r\n'));
    sender.close();
  });

  test('submission and LMTP are not checked; only LMTP may say what was found', async () => {
    const claim = 'Authentication-Results: mail.example.test; dmarc=pass\r\n';
    const submitter = await client(ingress, 'submission');
    await submitter.say(plain('bob@example.test'));
    await submitter.envelope('bob@example.test', 'alice@example.test');
    queuedAs(await submitter.message(`${claim}From: bob@example.test\r\nSubject: own\r\n\r\n`));
    submitter.close();
    assert.doesNotMatch(await received('INBOX', 'own'), /Authentication-Results|Received-SPF/);
    const server = await client(ingress, 'lmtp');
    await server.envelope('ceo@bank.example', 'alice@example.test');
    assert.match(await server.message(`${claim}From: ceo@bank.example\r\nSubject: lmtp\r\n\r\n`), /^250 /);
    server.close();
    const text = await received('INBOX', 'lmtp');
    assert.equal(text.match(/Authentication-Results/g)?.length, 1);
    assert.doesNotMatch(text, /Received-SPF/);
  });

  test('results are counted', async () => {
    const text = await opened.ports.metrics.text();
    assert.match(text, /cartero_smtp_dmarc_actions_total\{action="reject"\} [1-9]/);
    assert.match(text, /cartero_smtp_dmarc_actions_total\{action="quarantine"\} [1-9]/);
    assert.match(text, /cartero_smtp_sender_checks_total\{method="dkim",result="pass"\} [1-9]/);
    assert.match(text, /cartero_smtp_sender_checks_total\{method="spf",result="fail"\} [1-9]/);
  });
});

describe('the check of one message', () => {
  const logged: string[] = [];
  const log = {
    info: (_: object, text: string) => logged.push(text),
    warn: (_: object, text: string) => logged.push(text),
  } as unknown as Logger;
  const counter = { inc: () => undefined };
  const metrics = { senderChecks: counter, dmarcActions: counter } as unknown as IngressMetrics;
  const ENVELOPE = { reversePath: 'a@bank.example' } as Envelope;
  const open = (
    resolve: () => Promise<never>,
    loopback = false,
    clients: 'remote' | 'always' = 'remote',
  ): ConnectionPolicy =>
    senderChecks({
      clients,
      honourDmarc: true,
      trustedSealers: [],
      authservId: 'mail.example.test',
      resolve,
      log,
      metrics,
      checkMs: 30,
    })('smtp', { remoteAddress: '192.0.2.1', loopback } as Connection, {
      clientDomain: 'mx.bank.example',
      buffered: 0,
    });

  test('DNS that does not answer in time is a temporary error, and the message is taken', async () => {
    const policy = open(() => new Promise<never>(() => undefined));
    policy.data!(ENVELOPE, '0a');
    await policy.content!(Buffer.from('From: a@bank.example\r\n\r\nx\r\n'));
    assert.equal(await policy.endOfData!(ENVELOPE), undefined);
    assert.match(
      await policy.traceFields!(ENVELOPE),
      /spf=temperror;[ \r\n]+arc=none;[ \r\n]+dmarc=temperror/,
    );
    policy.reset!();
    assert.equal(await policy.traceFields!(ENVELOPE), '');
    assert.deepEqual(logged, ['a sender could not be checked', 'sender checked']);
  });

  test('a message that is given up leaves nothing waiting', async () => {
    const policy = open(() => Promise.reject(new Error('none')));
    policy.data!(ENVELOPE, '0a');
    await policy.content!(Buffer.from('A: b\r\n\r\n'));
    const blocked = policy.content!(Buffer.alloc(2_000_000, 'x'));
    policy.reset!();
    await blocked;
    policy.closed?.();
  });

  test('loopback clients are checked when all are', () => {
    const none = () => Promise.reject(new Error('none'));
    assert.deepEqual(open(none, true), {});
    assert.notDeepEqual(open(none, true, 'always').content, undefined);
  });
});
