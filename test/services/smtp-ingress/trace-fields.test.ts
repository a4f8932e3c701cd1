import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hop, receivedField, returnPathField } from '../../../services/smtp-ingress/trace-fields.ts';

const HOP: Hop = {
  clientDomain: 'c.test',
  remoteAddress: '192.0.2.1',
  hostname: 'mx.test',
  protocol: 'smtp',
  extended: true,
  secure: null,
  authenticated: false,
  smtpUtf8: false,
  id: 'abc',
  forwardPath: undefined,
  at: Date.UTC(2026, 10, 23, 19, 0, 8),
};
const TLS = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', authorized: false };

test('trace: all that is known of the hop', () => {
  assert.equal(
    receivedField({ ...HOP, secure: TLS, forwardPath: 'bob@mx.test' }),
    'Received: from c.test ([192.0.2.1])\r\n' +
      '\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n' +
      '\tby mx.test (Cartero) with ESMTPS id abc\r\n' +
      '\tfor <bob@mx.test>;\r\n' +
      '\tMon, 23 Nov 2026 19:00:08 +0000\r\n',
  );
});

test('trace: the protocol is named as RFC 3848 has it', () => {
  const name = (hop: Partial<Hop>) => / with (\S+) id /.exec(receivedField({ ...HOP, ...hop }))?.[1];
  assert.equal(name({}), 'ESMTP');
  assert.equal(name({ extended: false }), 'SMTP');
  assert.equal(name({ authenticated: true }), 'ESMTPA');
  assert.equal(name({ secure: TLS, authenticated: true }), 'ESMTPSA');
  assert.equal(name({ protocol: 'lmtp' }), 'LMTP');
  assert.equal(name({ protocol: 'lmtp', secure: TLS }), 'LMTPS');
});

test('trace: the name that a proxy verified', () => {
  assert.match(
    receivedField({ ...HOP, remoteName: 'client.example' }),
    /^Received: from c\.test \(client\.example \[192\.0\.2\.1\]\)\r\n/,
  );
});

test('trace: IPv6, and the null reverse-path', () => {
  assert.match(
    receivedField({ ...HOP, remoteAddress: '2001:db8::1' }),
    /^Received: from c\.test \(\[IPv6:2001:db8::1\]\)\r\n/,
  );
  assert.equal(returnPathField(''), 'Return-Path: <>\r\n');
});
