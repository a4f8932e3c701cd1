import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, readConfig, requireRealPorts, SETTINGS } from '../../../shared/runtime/config.ts';

function problems(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    for (const problem of error.problems) assert.ok(error.message.includes(problem));
    return error.problems;
  }
  return [];
}

describe('settings', () => {
  test('with nothing set: the defaults of npm start', () => {
    const config = readConfig({});
    assert.deepEqual(config.ports, {
      smtp: 2525,
      submission: 2587,
      submissions: 2465,
      lmtp: 2424,
      pop3: 2110,
      pop3s: 2995,
      imap: 2143,
      imaps: 2993,
      manageSieve: 4190,
      http: 8080,
      https: 8443,
      admin: 8081,
    });
    assert.equal(config.dataDir, './data');
    assert.equal(config.listenHost, '127.0.0.1');
    assert.equal(config.hostname, 'mail.example.test');
    assert.equal(config.natsUrl, undefined);
    assert.equal(config.maxMessageBytes, 67_108_864);
    assert.equal(config.idleKeepaliveMs, 240_000);
    assert.equal(config.spoolLifetimeMs, 432_000_000);
    assert.equal(config.delayDsnMs, 14_400_000);
    assert.equal(config.leaseMs, 6_000);
    assert.equal(config.pollMs, 1_000);
    assert.deepEqual(
      config.retryScheduleMs,
      [300, 900, 1_800, 3_600, 7_200, 14_400, 28_800].map((s) => s * 1_000),
    );
    assert.deepEqual(config.dnsServers, []);
    assert.equal(config.plaintextAuth, 'loopback');
    assert.match(config.replicaName, /.-\d+$/);
  });

  test('every setting is in the table once, with a doc', () => {
    assert.equal(new Set(SETTINGS.map(({ name }) => name)).size, SETTINGS.length);
    for (const { name, doc } of SETTINGS) {
      assert.match(name, /^[A-Z][A-Z0-9_]+$/);
      assert.ok(doc.length > 3, name);
    }
  });

  test('every default, written out, reads as the default', () => {
    const written = Object.fromEntries(SETTINGS.map((setting) => [setting.name, setting.default]));
    assert.deepEqual(readConfig(written), readConfig({}));
  });

  test('an empty variable is an unset one', () => {
    assert.deepEqual(readConfig({ SMTP_PORT: '', NATS_URL: ' ', DNS_SERVERS: '' }), readConfig({}));
  });

  test('values are read', () => {
    const config = readConfig({
      SMTP_PORT: '0',
      RETRY_SCHEDULE: '1s, 250ms,2d',
      DNS_SERVERS: '127.0.0.1:5353, [::1]:53,192.0.2.1',
      RELAY_HOST: 'smarthost.example.org:2525',
      NATS_URL: 'nats://a:4222,nats://b:4222',
      DATABASE_URL: 'postgres://user:pw@db/cartero?sslmode=require',
      REDIS_URL: 'rediss://:pw@cache:6380/1',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      LISTEN_HOST: '::',
      REPLICA_NAME: 'imap-gateway-2',
      UNKNOWN_TO_US: 'is none of our business',
    });
    assert.equal(config.ports.smtp, 0);
    assert.deepEqual(config.retryScheduleMs, [1_000, 250, 172_800_000]);
    assert.deepEqual(config.dnsServers, ['127.0.0.1:5353', '[::1]:53', '192.0.2.1']);
    assert.equal(config.relayHost, 'smarthost.example.org:2525');
    assert.equal(config.natsUrl, 'nats://a:4222,nats://b:4222');
    assert.equal(config.listenHost, '::');
    assert.equal(config.replicaName, 'imap-gateway-2');
  });

  for (const [name, ...wrong] of [
    ['SMTP_PORT', '65536', '-1', 'x', '25.5', '1e3', '0x19'],
    ['RELAY_PORT', '0'],
    ['LEASE_TTL', '8', '8 s', 's', '-8s', '8sec', '1ms'],
    ['RETRY_SCHEDULE', '5m,', '5m;10m', '0s', ','],
    ['NATS_URL', 'http://a', 'a:4222', 'nats://', 'nats://a,http://b'],
    ['DATABASE_URL', 'mysql://a/b', 'postgres'],
    ['REDIS_URL', 'localhost:6379'],
    ['RELAY_HOST', 'a b', 'host:99999', 'host:port', ':25'],
    ['DNS_SERVERS', '127.0.0.1:5353,,', 'a b'],
    ['MAIL_HOSTNAME', 'a b', '-x', 'mail_.example..org'],
    ['LISTEN_HOST', 'not a host'],
    ['LOG_LEVEL', 'loud', 'INFO'],
    ['PLAINTEXT_AUTH', 'yes'],
    ['MAX_MESSAGE_BYTES', '10', '64M'],
    ['MAX_RECIPIENTS', '99'],
  ] as [string, ...string[]][]) {
    test(`${name}: wrong values are refused by name`, () => {
      for (const value of wrong) {
        const found = problems({ [name]: value });
        assert.equal(found.length, 1, String(value));
        assert.ok(found[0]!.startsWith(`${name} `), String(found[0]));
      }
    });
  }

  test('all wrong values are listed at once', () => {
    const found = problems({ SMTP_PORT: 'x', LEASE_TTL: '8', LOG_LEVEL: 'loud', DNS_SERVERS: '?' });
    assert.deepEqual(found.map((problem) => problem.split(' ')[0]).sort(), [
      'DNS_SERVERS',
      'LEASE_TTL',
      'LOG_LEVEL',
      'SMTP_PORT',
    ]);
  });

  test('no problem tells a secret', () => {
    const found = problems({
      DATABASE_URL: 'mysql://user:secret@db/x',
      REDIS_URL: 'secret',
      NATS_URL: 'secret',
    });
    assert.equal(found.length, 3);
    assert.doesNotMatch(found.join('\n'), /secret/);
  });

  test('certificate and key go together', () => {
    assert.match(problems({ TLS_CERT_FILE: 'a.pem' })[0]!, /TLS_KEY_FILE/);
    assert.match(problems({ TLS_KEY_FILE: 'a.pem' })[0]!, /TLS_CERT_FILE/);
    assert.deepEqual(problems({ TLS_CERT_FILE: 'a.pem', TLS_KEY_FILE: 'b.pem' }), []);
  });

  test('what a service on its own still lacks', () => {
    assert.deepEqual(requireRealPorts(readConfig({})), ['NATS_URL', 'DATABASE_URL', 'REDIS_URL']);
    assert.deepEqual(requireRealPorts(readConfig({ NATS_URL: 'nats://a' })), ['DATABASE_URL', 'REDIS_URL']);
    const all = { NATS_URL: 'nats://a', DATABASE_URL: 'postgres://a/b', REDIS_URL: 'redis://a' };
    assert.deepEqual(requireRealPorts(readConfig(all)), []);
  });

  test('a long value is read in linear time', () => {
    for (const name of ['MAIL_HOSTNAME', 'RELAY_HOST', 'DNS_SERVERS', 'RETRY_SCHEDULE'])
      assert.equal(problems({ [name]: `${'a.'.repeat(50_000)}!` }).length, 1);
  });
});
