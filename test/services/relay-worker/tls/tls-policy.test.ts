import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSecureContext, type SecureContext } from 'node:tls';
import { openPGlite } from '../../../../shared/database/pglite.ts';
import type { Database } from '../../../../shared/database/port.ts';
import type { Pair } from '../../../../shared/net/certificate.ts';
import { type TestCa, testCa } from '../../../certificates.ts';
import type { SinkScript, SinkServer } from '../../../sink-smtp.ts';
import { makeWorld, type World } from '../world.ts';

const POLICY = (mode: string, ...mx: string[]) =>
  ['version: STSv1', `mode: ${mode}`, ...mx.map((name) => `mx: ${name}`), 'max_age: 3600', ''].join('\n');
const USUAL = ['PIPELINING', 'SIZE 10485760', '8BITMIME', 'ENHANCEDSTATUSCODES'];

let world: World;
let database: Database;
let ca: TestCa;
let stranger: TestCa;
let https: Server;
let directory: string;
/** What is served at https://mta-sts.<domain>/.well-known/mta-sts.txt. */
const policies: Record<string, { status?: number; type?: string; text: string; location?: string }> = {};
const contexts: Record<string, SecureContext> = {};
const fetched: string[] = [];

const contextOf = ({ certificate, key }: Pair) => createSecureContext({ cert: certificate, key });

before(async () => {
  [ca, stranger] = await Promise.all([testCa(), testCa('nobody trusts this one')]);
  directory = await mkdtemp(join(tmpdir(), 'cartero-tls-'));
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca.certificate);
  https = createServer({ SNICallback: (name, done) => done(null, contexts[name]) }, (request, response) => {
    const host = (request.headers.host ?? '').split(':')[0]!.replace(/^mta-sts\./, '');
    fetched.push(`${host} ${request.url}`);
    const { status = 200, type = 'text/plain', text, location } = policies[host] ?? { status: 404, text: '' };
    response.writeHead(status, { 'content-type': type, ...(location ? { location } : {}) });
    response.end(text);
  });
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  database = await openPGlite(undefined);
  world = await makeWorld(database, {
    RELAY_CA_FILE: caFile,
    MTA_STS_PORT: String((https.address() as AddressInfo).port),
  });
});
after(async () => {
  await world.stop();
  await database.close();
  https.closeAllConnections();
  await new Promise((resolve) => https.close(resolve));
  await rm(directory, { recursive: true });
});

/** A domain with one exchanger `mx.<domain>` that shows this certificate. */
async function domain(name: string, pair: Pair | null, script: SinkScript = {}): Promise<SinkServer> {
  const tls = pair ? { cert: pair.certificate, key: pair.key } : false;
  return world.domain(name, { tls, ...script });
}

async function publish(name: string, text: string, id = 'a1', by: TestCa = ca): Promise<void> {
  world.dns.zone[`_mta-sts.${name}`] = { txt: [`v=STSv1; id=${id};`] };
  world.dns.zone[`mta-sts.${name}`] = { a: ['127.0.0.1'] };
  policies[name] = { text };
  contexts[`mta-sts.${name}`] = contextOf(await by.forHosts([`mta-sts.${name}`]));
}

/** The first attempt's outcome, and what the record says of its connection. */
async function said(to: string, options = {}): Promise<string> {
  const [row] = await world.settled(await world.submit([to], options), 1);
  return `${row!.outcome} ${row!.status}${row!.tls === '' ? '' : ` ${row!.tls}`}`;
}

const spki = (pair: Pair) =>
  new X509Certificate(pair.certificate).publicKey.export({ type: 'spki', format: 'der' }) as Buffer;
const tlsaOf = (pair: Pair) => ({
  usage: 3,
  selector: 1,
  matchingType: 1,
  certificate: createHash('sha256').update(spki(pair)).digest(),
});

/** Signs the zone of a domain and its exchanger, and publishes TLSA records for it. */
function sign(name: string, sink: SinkServer, tlsa: ReturnType<typeof tlsaOf>[]): void {
  const { zone } = world.dns;
  for (const signed of [name, `mx.${name}`]) zone[signed] = { ...zone[signed], secure: true };
  zone[`_${sink.port}._tcp.mx.${name}`] = { tlsa, secure: true };
}

test('mta-sts enforce: a certificate that holds, and mail that stays here without one', async () => {
  const good = await domain('good.example', await ca.forHosts(['mx.good.example']));
  await publish('good.example', POLICY('enforce', '*.good.example'));
  assert.equal(await said('b@good.example'), 'delivered 2.0.0 TLSv1.3 mta-sts');
  assert.equal(good.messages[0]?.tls, true);

  const cases: [string, Pair | null, SinkScript, RegExp][] = [
    ['clear.example', null, {}, /retry 4\.7\.4$/],
    ['selfmade.example', await stranger.forHosts(['mx.selfmade.example']), {}, /retry 4\.7\.5$/],
    ['wrong.example', await ca.forHosts(['mx.elsewhere.example']), {}, /retry 4\.7\.5$/],
    ['old.example', await ca.forHosts(['mx.old.example'], -0.5), {}, /retry 4\.7\.5$/],
    ['broken.example', null, { tls: 'broken' }, /retry 4\.7\.5$/],
  ];
  for (const [name, pair, script, expected] of cases) {
    const sink = await domain(name, pair, script);
    await publish(name, POLICY('enforce', `mx.${name}`));
    assert.match(await said(`b@${name}`), expected, name);
    assert.ok(
      sink.lines.every((line) => !line.includes('MAIL')),
      `nothing is said to ${name}`,
    );
  }
});

test('mta-sts enforce: an exchanger that the policy does not name is not even called, the next one gets it', async () => {
  const bad = await domain('two.example', await ca.forHosts(['mx.two.example']));
  const pair = await ca.forHosts(['b.two.example']);
  const good = await world.sink({ tls: { cert: pair.certificate, key: pair.key } });
  world.dns.zone['two.example'] = {
    mx: [
      [10, 'mx.two.example'],
      [20, 'b.two.example'],
    ],
  };
  world.dns.zone['b.two.example'] = { a: [good.host] };
  await publish('two.example', POLICY('enforce', 'b.two.example'));
  assert.equal(await said('b@two.example'), 'delivered 2.0.0 TLSv1.3 mta-sts');
  assert.equal(bad.connections, 0);
});

test('mta-sts testing and none: mail goes all the same', async () => {
  await domain('testing.example', await stranger.forHosts(['mx.testing.example']));
  await publish('testing.example', POLICY('testing', 'mx.testing.example'));
  assert.equal(
    await said('b@testing.example'),
    'delivered 2.0.0 TLSv1.3 mta-sts testing: certificate-not-trusted',
  );
  await domain('none.example', null);
  await publish('none.example', POLICY('none'));
  assert.equal(await said('b@none.example'), 'delivered 2.0.0 clear');
});

test('mta-sts: a policy that cannot be had safely is none', async () => {
  await domain('redirected.example', null);
  await publish('redirected.example', '');
  policies['redirected.example'] = {
    status: 302,
    location: 'https://mta-sts.good.example/.well-known/mta-sts.txt',
    text: POLICY('enforce', 'nothing.example'),
  };
  await domain('html.example', null);
  await publish('html.example', '');
  policies['html.example'] = { type: 'text/html', text: POLICY('enforce', 'nothing.example') };
  await domain('huge.example', null);
  await publish('huge.example', `${POLICY('enforce', 'nothing.example')}${'x: y\n'.repeat(20_000)}`);
  await domain('forged.example', null);
  await publish('forged.example', POLICY('enforce', 'nothing.example'), 'a1', stranger);
  for (const name of ['redirected.example', 'html.example', 'huge.example', 'forged.example'])
    assert.equal(await said(`b@${name}`), 'delivered 2.0.0 clear', name);
  assert.ok(!fetched.some((line) => line.startsWith('forged')), 'not a word to who is not the host');
});

test('mta-sts: a policy is kept in the database, holds without its record, and gives way to a new id', async () => {
  const sink = await domain('kept.example', await ca.forHosts(['mx.kept.example']));
  await publish('kept.example', POLICY('enforce', 'mx.kept.example'));
  assert.equal(await said('b@kept.example'), 'delivered 2.0.0 TLSv1.3 mta-sts');
  assert.equal(await said('c@kept.example'), 'delivered 2.0.0 TLSv1.3 mta-sts');
  const count = () => fetched.filter((line) => line === 'kept.example /.well-known/mta-sts.txt').length;
  assert.equal(count(), 1);
  // Another worker: what the first one found is in the database.
  const { createStsStore } = await import('../../../../services/relay-worker/tls/mta-sts-store.ts');
  const { MtaSts } = await import('../../../../services/relay-worker/tls/mta-sts.ts');
  const { createDns } = await import('../../../../services/relay-worker/dns.ts');
  const worker = () =>
    new MtaSts({
      dns: createDns(world.config.dnsServers),
      store: createStsStore(database),
      port: 1,
      now: () => database.now(),
      log: world.ports.log,
    });
  assert.equal((await worker().policyFor('kept.example')).policy?.mode, 'enforce');
  delete world.dns.zone['_mta-sts.kept.example'];
  assert.equal((await worker().policyFor('kept.example')).policy?.mode, 'enforce');
  world.dns.zone['_mta-sts.kept.example'] = { servfail: true };
  assert.equal((await worker().policyFor('kept.example')).policy?.mode, 'enforce');
  // A new id that cannot be fetched: the old policy holds, and the reports say why.
  world.dns.zone['_mta-sts.kept.example'] = { txt: ['v=STSv1; id=a2;'] };
  const found = await worker().policyFor('kept.example');
  assert.deepEqual([found.policy?.id, found.problem?.type], ['a1', 'sts-policy-fetch-error']);
  await database.prepared('test_expire', 'update mta_sts_policy set expires_at = 0 where domain = $1', [
    'kept.example',
  ]);
  assert.equal((await worker().policyFor('kept.example')).policy, null);
  assert.equal(sink.messages.length, 2);
});

test('dane: a key that is published is enough, and goes before MTA-STS', async () => {
  const pair = await stranger.forHosts(['whatever.example']);
  const sink = await domain('dane.example', pair);
  sign('dane.example', sink, [tlsaOf(pair)]);
  await publish('dane.example', POLICY('enforce', 'mx.elsewhere.example'));
  assert.equal(await said('b@dane.example'), 'delivered 2.0.0 TLSv1.3 dane');
  assert.ok(!fetched.some((line) => line.startsWith('dane.example')));
});

test('dane: what does not match gets no mail, and neither does a server without TLS', async () => {
  const pair = await ca.forHosts(['mx.changed.example']);
  const changed = await domain('changed.example', pair);
  sign('changed.example', changed, [tlsaOf(await ca.forHosts(['mx.changed.example']))]);
  assert.equal(await said('b@changed.example'), 'retry 4.7.5');
  const stripped = await domain('stripped.example', null);
  sign('stripped.example', stripped, [tlsaOf(pair)]);
  assert.equal(await said('b@stripped.example'), 'retry 4.7.4');
  const broken = await domain('shaken.example', null, { tls: 'broken' });
  sign('shaken.example', broken, [tlsaOf(pair)]);
  assert.equal(await said('b@shaken.example'), 'retry 4.7.5');
  for (const sink of [changed, stripped, broken])
    assert.ok(sink.lines.every((line) => !line.includes('MAIL')));
});

test('dane: records that nobody can use ask for TLS alone', async () => {
  const sink = await domain('odd.example', await stranger.forHosts(['x']));
  sign('odd.example', sink, [{ usage: 1, selector: 0, matchingType: 1, certificate: Buffer.alloc(32) }]);
  assert.equal(await said('b@odd.example'), 'delivered 2.0.0 TLSv1.3 dane without usable records');
});

test('dane: without DNSSEC on the whole way records count for nothing; where it gives no answer, mail waits', async () => {
  const pair = await stranger.forHosts(['x']);
  const wrong = tlsaOf(await ca.forHosts(['y']));
  for (const unsigned of ['mx', 'address', 'tlsa'] as const) {
    const name = `${unsigned}-unsigned.example`;
    const sink = await domain(name, pair);
    sign(name, sink, [wrong]);
    const where = {
      mx: name,
      address: `mx.${name}`,
      tlsa: `_${sink.port}._tcp.mx.${name}`,
    }[unsigned];
    world.dns.zone[where] = { ...world.dns.zone[where], secure: false };
    assert.equal(await said(`b@${name}`), 'delivered 2.0.0 TLSv1.3 unverified', name);
  }
  const sink = await domain('bogus.example', pair);
  sign('bogus.example', sink, []);
  world.dns.zone[`_${sink.port}._tcp.mx.bogus.example`] = { servfail: true };
  assert.equal(await said('b@bogus.example'), 'retry 4.7.5');
  assert.equal(sink.connections, 0);
  // Signed, and without TLSA records: as ever.
  const plain = await domain('signed.example', pair);
  sign('signed.example', plain, []);
  assert.equal(await said('b@signed.example'), 'delivered 2.0.0 TLSv1.3 unverified');
});

test('dane: an exchanger that is an alias has its records at the end of it', async () => {
  const pair = await stranger.forHosts(['x']);
  const sink = await domain('alias.example', pair);
  sign('alias.example', sink, []);
  world.dns.zone['mx.alias.example'] = { cname: 'real.alias.example', secure: true };
  world.dns.zone['real.alias.example'] = { a: [sink.host], secure: true };
  world.dns.zone[`_${sink.port}._tcp.real.alias.example`] = { tlsa: [tlsaOf(pair)], secure: true };
  assert.equal(await said('b@alias.example'), 'delivered 2.0.0 TLSv1.3 dane');
});

test('requiretls: by DANE, by MTA-STS, by a signed MX with a certificate that holds; never by an unsigned MX alone', async () => {
  const ehlo = [...USUAL, 'REQUIRETLS'];
  const need = { requireTls: true };
  const own = await stranger.forHosts(['x']);
  const dane = await domain('rdane.example', own, { ehlo });
  sign('rdane.example', dane, [tlsaOf(own)]);
  assert.equal(await said('b@rdane.example', need), 'delivered 2.0.0 TLSv1.3 dane');
  assert.match(dane.messages[0]?.mail ?? '', / REQUIRETLS/);
  await domain('rsts.example', await ca.forHosts(['mx.rsts.example']), { ehlo });
  await publish('rsts.example', POLICY('testing', 'mx.rsts.example'));
  assert.equal(await said('b@rsts.example', need), 'delivered 2.0.0 TLSv1.3 mta-sts testing');
  const signed = await domain('rsigned.example', await ca.forHosts(['mx.rsigned.example']), { ehlo });
  sign('rsigned.example', signed, []);
  assert.equal(await said('b@rsigned.example', need), 'delivered 2.0.0 TLSv1.3 verified');
  await domain('rplain.example', await ca.forHosts(['mx.rplain.example']), { ehlo });
  assert.match(await said('b@rplain.example', need), /^failed 5\.7\.10/);
  assert.equal(await said('b@rplain.example'), 'delivered 2.0.0 TLSv1.3 verified');
});

test('what was decided is counted', async () => {
  const text = await world.ports.metrics.text();
  for (const line of [
    'cartero_relay_tls_policy_total{policy="mta-sts",result="success"}',
    'cartero_relay_tls_policy_total{policy="mta-sts",result="certificate-expired"}',
    'cartero_relay_tls_policy_total{policy="mta-sts",result="certificate-host-mismatch"}',
    'cartero_relay_tls_policy_total{policy="dane",result="starttls-not-supported"}',
  ])
    assert.ok(text.includes(line), line);
});
