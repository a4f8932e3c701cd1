import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Database } from '../../../shared/database/port.ts';
import type { TlsMaterial } from '../../../shared/net/certificate.ts';
import { openCertificates } from '../../../shared/net/tls.ts';
import { createLogger } from '../../../shared/runtime/log.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';

async function directory(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'cartero-tls-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

/** Asked only where ACME is set. */
const NO_DATABASE = undefined as unknown as Database;

type Settings = Parameters<typeof openCertificates>[0];

async function loadTls(config: Settings): Promise<TlsMaterial> {
  const log = createLogger({ logLevel: 'silent', replicaName: 'test' }, 'test');
  const store = await openCertificates(config, { log, metrics: createMetrics(), database: NO_DATABASE });
  store.close();
  return store.material;
}

test('self-signed: for our names, kept, the key readable by nobody else', async (t) => {
  const dataDir = await directory(t);
  const first = await loadTls({ hostname: 'mx.example.org', dataDir });
  const certificate = new X509Certificate(first.certificate);
  for (const name of ['mx.example.org', 'localhost']) assert.equal(certificate.checkHost(name), name);
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(certificate.fingerprint256, first.fingerprint);
  const [file, ...others] = await readdir(join(dataDir, 'tls'));
  assert.deepEqual(others, []);
  assert.equal((await stat(join(dataDir, 'tls', file!))).mode & 0o777, 0o600);
  assert.ok(!first.certificate.includes('PRIVATE'));
  assert.equal((await loadTls({ hostname: 'mx.example.org', dataDir })).fingerprint, first.fingerprint);
});

test('self-signed: a new host name, or a file that is broken, makes a new one', async (t) => {
  const dataDir = await directory(t);
  const first = await loadTls({ hostname: 'one.example.org', dataDir });
  const second = await loadTls({ hostname: 'two.example.org', dataDir });
  assert.notEqual(second.fingerprint, first.fingerprint);
  assert.equal(new X509Certificate(second.certificate).checkHost('two.example.org'), 'two.example.org');
  await writeFile(join(dataDir, 'tls', 'self-signed.pem'), 'rubbish');
  const third = await loadTls({ hostname: 'two.example.org', dataDir });
  assert.notEqual(third.fingerprint, second.fingerprint);
});

test('self-signed: processes that start together end with the same one', async (t) => {
  const dataDir = await directory(t);
  const all = await Promise.all(
    Array.from({ length: 8 }, () => loadTls({ hostname: 'mx.example.org', dataDir })),
  );
  assert.equal(new Set(all.map(({ fingerprint }) => fingerprint)).size, 1);
  assert.deepEqual(await readdir(join(dataDir, 'tls')), ['self-signed.pem']);
});

test('certificate files are used, and named when they cannot be', async (t) => {
  const dataDir = await directory(t);
  const made = await loadTls({ hostname: 'mx.example.org', dataDir });
  const pem = join(dataDir, 'tls', 'self-signed.pem');
  const files = { tlsCertFile: pem, tlsKeyFile: pem };
  assert.equal((await loadTls({ hostname: 'other.org', dataDir, ...files })).fingerprint, made.fingerprint);
  const missing = join(dataDir, 'missing.pem');
  await assert.rejects(
    loadTls({ hostname: 'other.org', dataDir, tlsCertFile: missing, tlsKeyFile: pem }),
    /TLS_CERT_FILE .*missing\.pem/,
  );
  const rubbish = join(dataDir, 'rubbish.pem');
  await writeFile(rubbish, (await readFile(pem, 'utf8')).slice(0, 100));
  await assert.rejects(
    loadTls({ hostname: 'o.org', dataDir, tlsCertFile: rubbish, tlsKeyFile: pem }),
    /cannot use/,
  );
});
