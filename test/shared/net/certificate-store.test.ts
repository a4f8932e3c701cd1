import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Database } from '../../../shared/database/port.ts';
import type { Pair } from '../../../shared/net/certificate.ts';
import type { CertificateStore } from '../../../shared/net/certificate-store.ts';
import type { Listener } from '../../../shared/net/listener.ts';
import { openCertificates } from '../../../shared/net/tls.ts';
import { createLogger } from '../../../shared/runtime/log.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import { testCa } from '../../certificates.ts';
import { type Behaviour, Peer, serve } from './line-engine.ts';

const ca = await testCa();
/** Asked only where ACME is set. */
const NO_DATABASE = undefined as unknown as Database;

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'cartero-certificates-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

async function write(path: string, stem: string, pair: Pair): Promise<void> {
  await writeFile(join(path, `${stem}.crt`), pair.certificate);
  await writeFile(join(path, `${stem}.key`), pair.key);
}

async function open(
  t: TestContext,
  dataDir: string,
  settings: Record<string, string>,
  metrics = createMetrics(),
): Promise<CertificateStore> {
  const log = createLogger({ logLevel: 'silent', replicaName: 'test' }, 'test');
  const config = { hostname: 'mail.example.test', dataDir, ...settings };
  const store = await openCertificates(config, { log, metrics, database: NO_DATABASE });
  t.after(() => store.close());
  return store;
}

const starttls = (store: CertificateStore): Behaviour => ({
  handle(line, { engine, drive }) {
    if (line === 'starttls') {
      engine.say('go');
      return drive.startTls(store);
    }
    const { clientAddresses } = drive.connection;
    engine.say(`echo ${line} ${clientAddresses.join(' ')}`);
  },
});

async function shake(socket: TLSSocket): Promise<Peer & { socket: TLSSocket }> {
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  return new Peer(socket) as Peer & { socket: TLSSocket };
}

/** The handshake over implicit TLS. */
function secure(listener: Listener, servername: string, more: ConnectionOptions = {}) {
  return shake(
    tlsConnect({
      host: '127.0.0.1',
      port: listener.port,
      servername,
      ca: ca.certificate,
      rejectUnauthorized: false,
      ...more,
    }),
  );
}

const shown = ({ socket }: { socket: TLSSocket }): string =>
  socket.getPeerX509Certificate()?.fingerprint256 ?? '';
const of = (pair: Pair): string => new X509Certificate(pair.certificate).fingerprint256;

async function fingerprint(listener: Listener, servername: string): Promise<string> {
  const peer = await secure(listener, servername);
  const found = shown(peer);
  peer.socket.destroy();
  return found;
}

test('by SNI: the name, else a wildcard of one label, else our own; STARTTLS as well', async (t) => {
  const path = await directory(t);
  const [own, one, wild] = await Promise.all([
    ca.forHosts(['mail.example.test']),
    ca.forHosts(['One.example.org', 'www.one.example.org']),
    ca.forHosts(['*.example.org', 'example.org']),
  ]);
  await write(path, 'own', own);
  await write(path, 'one', one);
  await mkdir(join(path, 'wild'));
  await writeFile(join(path, 'wild', 'fullchain.pem'), wild.certificate);
  await writeFile(join(path, 'wild', 'privkey.pem'), wild.key);
  await writeFile(join(path, 'wild', 'chain.pem'), 'no certificate of ours');
  const store = await open(t, path, { tlsCertDir: path });
  const implicit = await serve({}, { tls: store });
  const upgraded = await serve(starttls(store));
  t.after(() => Promise.all([implicit.listener.stop(0), upgraded.listener.stop(0)]));
  const rows: readonly [string, Pair][] = [
    ['one.example.org', one],
    ['WWW.one.example.org', one],
    ['two.example.org', wild],
    ['example.org', wild],
    ['three.two.example.org', own],
    ['mail.example.test', own],
    ['nobody.example.com', own],
    ['', own],
  ];
  for (const [name, pair] of rows) assert.equal(await fingerprint(implicit.listener, name), of(pair), name);
  const plain = await Peer.to(upgraded.listener.port);
  plain.send('starttls\r\n');
  await plain.untilText('go\r\n');
  plain.socket.removeAllListeners('data');
  const peer = await shake(
    tlsConnect({ socket: plain.socket, servername: 'two.example.org', ca: ca.certificate }),
  );
  assert.equal(shown(peer), of(wild));
  peer.socket.destroy();
});

test('a new file is for new handshakes; connections that are there stay; a broken one changes nothing', async (t) => {
  const path = await directory(t);
  const [first, second] = await Promise.all([
    ca.forHosts(['mail.example.test'], 30),
    ca.forHosts(['mail.example.test'], 60),
  ]);
  await write(path, 'own', first);
  const files = { tlsCertFile: join(path, 'own.crt'), tlsKeyFile: join(path, 'own.key') };
  const metrics = createMetrics();
  const store = await open(t, path, files, metrics);
  const { listener } = await serve({}, { tls: store });
  t.after(() => listener.stop(0));
  const old = await secure(listener, 'mail.example.test');
  assert.equal(shown(old), of(first));

  // Half of the two, as a script that copies one after the other leaves it for a moment.
  await writeFile(files.tlsCertFile, second.certificate);
  await store.refresh();
  assert.equal(await fingerprint(listener, ''), of(first));
  await writeFile(files.tlsCertFile, '-----BEGIN CERTIFICATE-----\nrubbish\n');
  await store.refresh();
  await unlink(files.tlsKeyFile);
  await store.refresh();
  assert.equal(await fingerprint(listener, ''), of(first));
  const counted = /cartero_tls_certificate_failures_total (\d+)/.exec(await metrics.text())?.[1];
  assert.equal(counted, '3');

  await write(path, 'own', second);
  await store.refresh();
  assert.equal(await fingerprint(listener, ''), of(second));
  old.send('still here\r\n');
  await old.untilText('echo still here\r\n');
  old.socket.destroy();
  const expiry = new X509Certificate(second.certificate).validTo;
  assert.match(
    await metrics.text(),
    new RegExp(
      `cartero_tls_certificate_expiry_seconds\\{name="mail.example.test"\\} ${Date.parse(expiry) / 1_000}`,
    ),
  );
});

test('a directory: what is added and taken away, behind links too', async (t) => {
  const path = await directory(t);
  const [one, later] = await Promise.all([
    ca.forHosts(['one.example.org']),
    ca.forHosts(['one.example.org'], 200),
  ]);
  const store = await open(t, path, { tlsCertDir: path });
  const { listener } = await serve({}, { tls: store });
  t.after(() => listener.stop(0));
  const selfSigned = await fingerprint(listener, 'one.example.org');
  // As Kubernetes does: the names stay, the link behind them is put elsewhere.
  for (const [name, pair] of [
    ['.v1', one],
    ['.v2', later],
  ] as const) {
    await mkdir(join(path, name));
    await writeFile(join(path, name, 'tls.crt'), pair.certificate);
    await writeFile(join(path, name, 'tls.key'), pair.key);
  }
  await symlink('.v1', join(path, '..data'));
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(path, name));
  await store.refresh();
  assert.equal(await fingerprint(listener, 'one.example.org'), of(one));
  await symlink('.v2', join(path, '..new'));
  await rename(join(path, '..new'), join(path, '..data'));
  await store.refresh();
  assert.equal(await fingerprint(listener, 'one.example.org'), of(later));
  await rm(join(path, 'tls.key'));
  await store.refresh();
  assert.equal(await fingerprint(listener, 'one.example.org'), selfSigned);
  await rm(path, { recursive: true });
  await store.refresh();
  assert.equal(await fingerprint(listener, 'one.example.org'), selfSigned);
  await mkdir(path);
});

test('changes are found without being told of', async (t) => {
  const path = await directory(t);
  const [first, second] = await Promise.all([ca.forHosts(['a.example.org']), ca.forHosts(['a.example.org'])]);
  await write(path, 'own', first);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const store = await open(t, path, {
    tlsCertFile: join(path, 'own.crt'),
    tlsKeyFile: join(path, 'own.key'),
  });
  await write(path, 'own', second);
  t.mock.timers.tick(10_000);
  // The same look, under way.
  await store.refresh();
  assert.equal(store.material.fingerprint, of(second));
});

test('TLS_CLIENT_CA: a certificate is asked for, not required; only one that our CA made counts', async (t) => {
  const path = await directory(t);
  const stranger = await testCa('somebody else');
  const [alice, forged] = await Promise.all([
    ca.forPeople(['alice@example.test', 'alice@example.org']),
    stranger.forPeople(['alice@example.test']),
  ]);
  await writeFile(join(path, 'ca.pem'), ca.certificate);
  const store = await open(t, path, { tlsClientCa: join(path, 'ca.pem') });
  const implicit = await serve(starttls(store), { tls: store });
  const upgraded = await serve(starttls(store));
  t.after(() => Promise.all([implicit.listener.stop(0), upgraded.listener.stop(0)]));
  const credentials = ({ certificate, key }: Pair) => ({ cert: certificate, key });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const rows = [
      [{}, 'echo x \r\n'],
      [credentials(alice), 'echo x alice@example.test alice@example.org\r\n'],
      [credentials(forged), 'echo x \r\n'],
    ] as const;
    for (const [more, expected] of rows) {
      const peer = await secure(implicit.listener, 'mail.example.test', { ...more, maxVersion });
      peer.send('x\r\n');
      await peer.untilText('\r\n');
      assert.equal(peer.received, expected);
      peer.socket.destroy();
    }
    // A session that is resumed is the same person's.
    const first = await secure(implicit.listener, 'mail.example.test', { ...credentials(alice), maxVersion });
    const session = await new Promise<Buffer>((resolve) => {
      if (maxVersion === 'TLSv1.2') resolve(first.socket.getSession()!);
      else first.socket.once('session', resolve);
    });
    first.socket.destroy();
    const again = await secure(implicit.listener, 'mail.example.test', { session, maxVersion });
    assert.ok(again.socket.isSessionReused(), maxVersion);
    again.send('x\r\n');
    await again.untilText('echo x alice@example.test');
    again.socket.destroy();
  }
});

test('TLS_CLIENT_CA that cannot be read stops the start', async (t) => {
  const path = await directory(t);
  await assert.rejects(open(t, path, { tlsClientCa: join(path, 'nothing.pem') }), /nothing\.pem/);
});
