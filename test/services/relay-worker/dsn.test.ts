import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { composeDsn, type Dsn } from '../../../services/relay-worker/dsn.ts';
import { parseStructure } from '../../../shared/message/parser.ts';

const DSN: Dsn = {
  action: 'failed',
  recipients: [
    {
      forwardPath: 'b@example.org',
      status: '5.1.1',
      reply: '550 5.1.1 no such mailbox',
      remote: 'mx.example.org[192.0.2.1]',
    },
    {
      forwardPath: 'c@example.org',
      status: '5.4.4',
      reply: 'no mail exchanger',
      remote: '',
      originalRecipient: 'rfc822;old+3Dc@example.org',
    },
  ],
  to: 'alice@example.test',
  hostname: 'us.example.test',
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  arrivedAt: Date.UTC(2026, 0, 1, 3, 4, 5),
  envelopeId: 'QQ+2B314',
  messageId: '<1@example.test>',
  returned: { bytes: Buffer.from('Subject: hello\r\nFrom: alice@example.test\r\n\r\nbody\r\n'), whole: true },
  token: 'abcdef',
};

const partsOf = (bytes: Buffer) =>
  (parseStructure(bytes).body.parts ?? []).map((part) => ({
    type: `${part.type}/${part.subtype}`,
    text: bytes.toString('utf8', part.bodyStart, part.bodyEnd),
  }));

test('DSN: three parts, the fields of RFC 3464', () => {
  const bytes = composeDsn(DSN);
  const { body, envelope } = parseStructure(bytes);
  assert.equal(`${body.type}/${body.subtype}`, 'multipart/report');
  assert.equal(
    body.parameters.find((parameter) => parameter.name === 'report-type')?.value,
    'delivery-status',
  );
  assert.equal(envelope.to[0]?.mailbox, 'alice');
  assert.equal(envelope.inReplyTo, '<1@example.test>');
  const [text, status, message] = partsOf(bytes);
  assert.equal(text?.type, 'text/plain');
  assert.match(
    text!.text,
    /<b@example\.org>:\r\n {4}550 5\.1\.1 no such mailbox\r\n\r\n<c@example\.org>:\r\n {4}no mail exchanger/,
  );
  assert.equal(status?.type, 'message/delivery-status');
  assert.equal(
    status?.text,
    [
      'Reporting-MTA: dns; us.example.test',
      'Original-Envelope-Id: QQ+314',
      'Arrival-Date: Thu, 01 Jan 2026 03:04:05 +0000',
      '',
      'Final-Recipient: rfc822; b@example.org',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; mx.example.org',
      'Diagnostic-Code: smtp; 550 5.1.1 no such mailbox',
      'Last-Attempt-Date: Fri, 02 Jan 2026 03:04:05 +0000',
      '',
      'Original-Recipient: rfc822; old=c@example.org',
      'Final-Recipient: rfc822; c@example.org',
      'Action: failed',
      'Status: 5.4.4',
      'Last-Attempt-Date: Fri, 02 Jan 2026 03:04:05 +0000',
      '',
    ].join('\r\n'),
  );
  assert.equal(message?.type, 'message/rfc822');
  assert.equal(message?.text, 'Subject: hello\r\nFrom: alice@example.test\r\n\r\nbody\r\n');
});

test('DSN: an address instead of a name stands in brackets, and our own words are no SMTP reply', () => {
  const fields = (remote: string, reply: string) =>
    partsOf(composeDsn({ ...DSN, recipients: [{ ...DSN.recipients[0]!, remote, reply }] }))[1]!
      .text.split('\r\n')
      .filter((line) => /^(Remote-MTA|Diagnostic-Code):/.test(line));
  assert.deepEqual(fields('127.0.0.1[127.0.0.1]', '550 no'), [
    'Remote-MTA: dns; [127.0.0.1]',
    'Diagnostic-Code: smtp; 550 no',
  ]);
  assert.deepEqual(fields('::1[::1]', '554'), ['Remote-MTA: dns; [IPv6:::1]', 'Diagnostic-Code: smtp; 554']);
  assert.deepEqual(fields('[192.0.2.1][192.0.2.1]', '127.0.0.1[127.0.0.1] timed out'), [
    'Remote-MTA: dns; [192.0.2.1]',
  ]);
  assert.deepEqual(fields('mx.example.org[192.0.2.1]', '192.0.2.1 closed the connection'), [
    'Remote-MTA: dns; mx.example.org',
  ]);
});

test('DSN: only the header, or nothing, goes back', () => {
  const header = Buffer.from('Subject: hello\r\n\r\n');
  assert.deepEqual(partsOf(composeDsn({ ...DSN, returned: { bytes: header, whole: false } })).at(-1), {
    type: 'text/rfc822-headers',
    text: 'Subject: hello\r\n\r\n',
  });
  assert.equal(partsOf(composeDsn({ ...DSN, returned: null })).length, 2);
});

test('DSN: whatever a remote says, no line is too long, no field is forged, all is ASCII', () => {
  const evil = `550 x\r\nAction: delivered\r\n\r\n--=_abcdef--\r\n\u0000\u00fc ${'long '.repeat(500)}${'x'.repeat(3_000)}`;
  const bytes = composeDsn({ ...DSN, recipients: [{ ...DSN.recipients[0]!, reply: evil }] });
  const text = bytes.toString('latin1');
  assert.ok(text.split('\r\n').every((line) => line.length <= 998));
  assert.doesNotMatch(text, /[^\r\n\t\x20-\x7e]/);
  assert.equal(text.match(/^Action: /gm)?.length, 1);
  assert.equal(partsOf(bytes).length, 3);
});

test('DSN: UTF-8 addresses make it a global one (RFC 6533)', () => {
  const bytes = composeDsn({
    ...DSN,
    to: 'j\u00f6rg@example.test',
    recipients: [{ ...DSN.recipients[0]!, forwardPath: '\u00fc@example.org' }],
  });
  const [, status, message] = partsOf(bytes);
  assert.equal(status?.type, 'message/global-delivery-status');
  assert.match(status!.text, /Final-Recipient: utf-8; \u00fc@example\.org/);
  assert.equal(message?.type, 'message/global');
});

test('DSN: bytes above 127 in what goes back are declared', () => {
  const text = composeDsn({
    ...DSN,
    returned: { bytes: Buffer.from('Subject: \u00fc\r\n\r\n'), whole: false },
  }).toString('utf8');
  assert.equal(text.match(/Content-Transfer-Encoding: 8bit/g)?.length, 2);
});

test('DSN: a reader we did not write understands it', () => {
  const script = `
import sys, email, email.policy, json
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = m.get_payload()
blocks = parts[1].get_payload()
print(json.dumps({"type": m.get_content_type(), "defects": len(m.defects), "auto": m["Auto-Submitted"],
  "recipients": [[b["Final-Recipient"], b["Action"], b["Status"]] for b in blocks[1:]],
  "subject": parts[2].get_payload()[0]["Subject"]}))`;
  const seen = JSON.parse(
    execFileSync('python3', ['-c', script], { input: composeDsn(DSN), encoding: 'utf8' }),
  );
  assert.deepEqual(seen, {
    type: 'multipart/report',
    defects: 0,
    auto: 'auto-replied',
    recipients: [
      ['rfc822; b@example.org', 'failed', '5.1.1'],
      ['rfc822; c@example.org', 'failed', '5.4.4'],
    ],
    subject: 'hello',
  });
});
