/** Postfix as the other server: what it sends us, and what we send it, with what both offer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { temporaryDirectory } from '../../scripts/servers.ts';
import { createDemoAccounts } from '../../services/demo-accounts.ts';
import { start as startMailboxStore } from '../../services/mailbox-store/service.ts';
import { start as startRelayWorker } from '../../services/relay-worker/service.ts';
import { start as startSmtpIngress } from '../../services/smtp-ingress/service.ts';
import type { EmailId } from '../../shared/mailbox/types.ts';
import type { Running } from '../../shared/runtime/service.ts';
import { openTestPorts, type TestPorts } from '../ports.ts';
import { freePort, missingPostfix, type Postfix, startPostfix } from './postfix.ts';

const PASSWORD = 'correct horse battery';
const ALICE = 'alice@example.test';
const UNTIL_MS = 40_000;

describe('Postfix as a peer', { skip: missingPostfix() }, () => {
  let opened: TestPorts;
  let postfix: Postfix;
  const running: Running[] = [];
  const directory = temporaryDirectory('postfix-peer');

  before(async () => {
    const port = await freePort();
    const zero = ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP', 'MANAGESIEVE'].map((name) => [
      `${name}_PORT`,
      '0',
    ]);
    opened = await openTestPorts('pglite', {
      DATA_DIR: directory.path,
      RELAY_HOST: `127.0.0.1:${port}`,
      SPOOL_POLL: '100ms',
      ...Object.fromEntries(zero),
    });
    await createDemoAccounts(opened.ports.database, PASSWORD);
    for (const start of [startMailboxStore, startSmtpIngress, startRelayWorker])
      running.push(await start(opened.ports, opened.config));
    postfix = startPostfix({ port, relayTo: ours('smtp'), names: ['bob', 'carol'] });
  });
  after(async () => {
    postfix?.stop();
    for (const one of running.reverse()) await one.stop(0);
    await opened?.close();
    directory.remove();
  });

  const ours = (listener: string): number =>
    running.find(({ addresses }) => listener in addresses)!.addresses[listener]!.port;

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (const end = performance.now() + UNTIL_MS; performance.now() < end; ) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${what} did not come; Postfix says:\n${postfix.log().slice(-3_000)}`);
  }

  /** What lies in Alice's mailboxes and has this in it. */
  const inbox = (text: RegExp): Promise<string> =>
    until(`mail with ${text}`, async () => {
      const { database, storage } = opened.ports;
      const rows = await database.kysely.selectFrom('mailbox_message').select('email_id').execute();
      for (const { email_id } of rows) {
        const bytes = await storage.readAll(email_id as EmailId, 0, Number.MAX_SAFE_INTEGER, 1 << 20);
        if (text.test(bytes.toString())) return bytes.toString();
      }
      return undefined;
    });

  const delivered = (name: string, text: RegExp): Promise<string> =>
    until(`mail to ${name} with ${text}`, () => postfix.mail(name).find((message) => text.test(message)));

  /** By nodemailer to Postfix, as one of its own people. */
  async function throughPostfix(subject: string, more: Record<string, unknown> = {}): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true });
    await transport.sendMail({ from: 'bob@peer.test', to: ALICE, subject, text: 'hello', ...more });
    transport.close();
  }

  async function submitted(subject: string, more: Record<string, unknown> = {}): Promise<void> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: ours('submission'),
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: ALICE, pass: PASSWORD },
    });
    await transport.sendMail({ from: ALICE, to: 'bob@peer.test', subject, text: 'hello', ...more });
    transport.close();
  }

  test('it relays to us over TLS, and hands on what it was asked to report: we do', async () => {
    const dsn = { id: 'ours-1', return: 'headers', notify: ['success'], recipient: ALICE };
    await throughPostfix('from Postfix with DSN', { dsn });
    const arrived = await inbox(/^Subject: from Postfix with DSN/m);
    assert.match(arrived, /^Received: from peer\.test \(\[127\.0\.0\.1\]\)\r\n\t\(using TLSv1\.3/m);
    const report = await delivered('bob', /^Action: delivered/m);
    assert.match(report, /^Original-Envelope-Id: ours-1/m);
    assert.match(report, /^Final-Recipient: rfc822; ?alice@example\.test/m);
    assert.match(report, /^Reporting-MTA: dns; ?mail\.example\.test/m);
  });

  test('it relays an address and a header that are not ASCII (SMTPUTF8)', async () => {
    await throughPostfix('Grüße aus Überlingen', {
      raw: Buffer.from(
        'From: jürgen@peer.test\r\nTo: alice@example.test\r\nSubject: Grüße aus Überlingen\r\n\r\nFüße\r\n',
      ),
      envelope: { from: 'jürgen@peer.test', to: [ALICE] },
    });
    const arrived = await inbox(/^Subject: Grüße aus Überlingen/m);
    assert.match(arrived, /^Return-Path: <jürgen@peer\.test>/m);
    assert.match(arrived, /with UTF8SMTPS id/);
  });

  test('what we refuse goes back to its sender by it, with our reply', async () => {
    await throughPostfix('to nobody', { to: 'nobody@example.test' });
    const bounce = await delivered('bob', /nobody@example\.test/);
    assert.match(bounce, /550 5\.1\.1/);
    assert.match(bounce, /^Action: failed/m);
  });

  test('we relay to it: several recipients in one transaction, the bytes as they were', async () => {
    await submitted('to Postfix', { to: ['bob@peer.test', 'carol@peer.test'], text: '.dot\n..\nFüße\n' });
    const [bob, carol] = await Promise.all([
      delivered('bob', /^Subject: to Postfix/m),
      delivered('carol', /^Subject: to Postfix/m),
    ]);
    for (const message of [bob, carol]) assert.match(message, /^Received: from mail\.example\.test/m);
    const body = (message: string) => message.slice(message.indexOf('\n\n'));
    assert.equal(body(bob), body(carol));
  });

  test('we relay to it what asks for a report: it reports, and the report comes in', async () => {
    const dsn = {
      id: 'theirs-1',
      return: 'headers',
      notify: ['success', 'failure'],
      recipient: 'bob@peer.test',
    };
    await submitted('with DSN to Postfix', { dsn });
    const report = await inbox(/^Original-Envelope-Id: theirs-1/m);
    assert.match(report, /^Reporting-MTA: dns; ?peer\.test/m);
    assert.match(report, /^Action: delivered/m);
  });

  test('what it refuses goes back to our account, with its reply', async () => {
    await submitted('to nobody there', { to: 'nobody@peer.test' });
    const report = await inbox(/nobody@peer\.test/);
    assert.match(report, /^Action: failed/m);
    assert.match(report, /^Diagnostic-Code: smtp; 550 5\.1\.1/m);
  });

  test('we relay to it an address that is not ASCII (SMTPUTF8)', async () => {
    await submitted('Grüße zurück', {
      raw: Buffer.from(
        'From: alice@example.test\r\nTo: jürgen@peer.test\r\nSubject: Grüße zurück\r\n\r\nFüße\r\n',
      ),
      envelope: { from: ALICE, to: ['bob@peer.test'] },
    });
    const message = await delivered('bob', /^Subject: Grüße zurück/m);
    assert.match(message, /with U?T?F?8?E?SMTP/);
  });
});
