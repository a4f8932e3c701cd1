import assert from 'node:assert/strict';
import { test } from 'node:test';
import { welcome } from '../../../services/all-in-one/welcome.ts';
import { readConfig } from '../../../shared/runtime/config.ts';

const addresses = Object.fromEntries(
  ['smtp', 'submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s', 'admin'].map((name, index) => [
    name,
    { host: '0.0.0.0', port: 30_000 + index },
  ]),
);

test('the first start tells the password and lines to paste, with ports as they are', () => {
  const text = welcome(readConfig({ LISTEN_HOST: '0.0.0.0' }), addresses, 'open sesame');
  assert.match(text, /alice@example\.test or bob@example\.test, password open sesame/);
  assert.match(text, /telnet 127\.0\.0\.1 30000/);
  assert.match(text, /swaks --server 127\.0\.0\.1:30001 /);
  assert.match(text, /imap:\/\/127\.0\.0\.1:30003\/INBOX/);
});

test('a later start tells how to ask this very process for its accounts, and no password', () => {
  const text = welcome(readConfig({ DATA_DIR: '/srv/mail' }), addresses, undefined);
  assert.match(
    text,
    /ADMIN_URL=http:\/\/127\.0\.0\.1:30007 DATA_DIR=\/srv\/mail npm run -s mailctl -- account list/,
  );
  assert.doesNotMatch(text, /shown this once/);
});
