/** Certificates by ACME, from Let's Encrypt's server for tests. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { start as startWebmail } from '../../../services/webmail/service.ts';
import { AcmeCertificates } from '../../../shared/net/acme/certificates.ts';
import { AcmeChallenges } from '../../../shared/net/acme/challenges.ts';
import { listenForHttp01 } from '../../../shared/net/acme/http-responder.ts';
import { AcmeRenewal, namesOf, type RenewalOptions } from '../../../shared/net/acme/renewal.ts';
import { startAcme } from '../../../shared/net/acme/start.ts';
import { openCertificates } from '../../../shared/net/tls.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Running } from '../../../shared/runtime/service.ts';
import { missingProgram } from '../../clients/program.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { type Pebble, startPebble } from './pebble.ts';

const NAMES = ['mail.example.test', 'mta-sts.example.test', 'mta-sts.example.org', 'alpn.example.test'];
const TOKEN = 'a-token-that-is-long-enough_1';

let opened: TestPorts;
before(async () => {
  opened = await openTestPorts('pglite');
});
after(() => opened?.close());

test('which names: as they stand, and * for each of our domains', () => {
  assert.deepEqual(namesOf(['mail.a.test', 'mta-sts.*', '*', 'mail.a.test'], ['b.test', 'c.test']), [
    'mail.a.test',
    'mta-sts.b.test',
    'mta-sts.c.test',
    'b.test',
    'c.test',
  ]);
});

describe('who asks for what when', () => {
  test('one replica a name; a claim that is left behind ends; what failed waits longer and longer', async () => {
    const { database } = opened.ports;
    const certificates = new AcmeCertificates(database, () => 0);
    const names = ['one.example.test', 'two.example.test'];
    const claimed = await Promise.all([names, names, names].map((all) => certificates.claim(all)));
    assert.deepEqual(claimed.sort(), [...names, undefined]);
    assert.equal(await certificates.claim([]), undefined);

    const set = (values: { claimed_until?: number; attempt_at?: number }) =>
      database.kysely.updateTable('acme_certificate').set(values).where('name', '=', names[0]!).execute();
    await set({ claimed_until: database.now() - 1 });
    assert.equal(await certificates.claim(names), names[0]);
    const pauses: number[] = [];
    for (let i = 0; i < 12; i++) pauses.push(await certificates.failed(names[0]!, 'no'));
    assert.deepEqual(
      pauses.map((ms) => ms / 60_000),
      [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440, 1_440],
    );
    assert.equal(await certificates.claim(names), undefined);
    await set({ attempt_at: database.now() });
    assert.equal(await certificates.claim(names), names[0]);
  });
});

describe('http-01', () => {
  test('the answer to a token, over HTTP alone and beside the rest of it', async (t) => {
    const { ports, config } = opened;
    const challenges = new AcmeChallenges(ports.database);
    await challenges.put(TOKEN, 'a.example.test', `${TOKEN}.thumbprint`);
    const alone = await listenForHttp01(challenges, { host: '127.0.0.1', port: 0, maxConnections: 10 });
    t.after(() => alone.stop(0));
    const zero = { ...config.ports, http: 0, https: 0 };
    const webmail: Running = await startWebmail(ports, { ...config, ports: zero });
    t.after(() => webmail.stop(0));
    for (const port of [alone.port, webmail.addresses.http!.port]) {
      const at = (path: string) => fetch(`http://127.0.0.1:${port}/${path}`);
      const found = await at(`.well-known/acme-challenge/${TOKEN}`);
      assert.equal(found.status, 200);
      assert.equal(await found.text(), `${TOKEN}.thumbprint`);
      for (const path of [
        `.well-known/acme-challenge/${TOKEN}x`,
        '.well-known/acme-challenge/',
        ".well-known/acme-challenge/'; drop table",
        'elsewhere',
      ])
        assert.equal((await at(path)).status, 404, path);
    }
    await challenges.remove(TOKEN);
    const gone = await fetch(`http://127.0.0.1:${alone.port}/.well-known/acme-challenge/${TOKEN}`);
    assert.equal(gone.status, 404);
  });
});

describe('with an authority', { skip: missingProgram('pebble') }, () => {
  let pebble: Pebble;
  before(async () => {
    pebble = await startPebble(NAMES);
  });
  after(() => pebble?.stop());

  const settings = () => ({
    ...opened.config,
    acmeDirectory: pebble.directory,
    acmeCaFile: pebble.caFile,
    acmeEmail: 'postmaster@example.test',
    acmeHttpPort: pebble.httpPort,
    acmeTlsPort: pebble.tlsPort,
  });

  function renewal(more: Partial<RenewalOptions['config']>): {
    counted(): Promise<string>;
    one: AcmeRenewal;
  } {
    const metrics = createMetrics();
    const one = new AcmeRenewal({
      config: { ...settings(), ...more },
      database: opened.ports.database,
      log: opened.ports.log,
      metrics,
      domains: async () => ['example.test', 'example.org'],
      checkMs: 20,
      firstLookMs: 50,
    });
    const counted = async () =>
      (await metrics.text()).match(/^cartero_acme_orders_total\{.*$/gm)?.join(' ') ?? '';
    return { counted, one };
  }

  const row = (name: string) =>
    opened.ports.database.kysely
      .selectFrom('acme_certificate')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();

  async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
    for (const end = performance.now() + 60_000; performance.now() < end; ) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    throw new Error('it did not come');
  }

  const issued = (name: string, after = 0) =>
    until(async () => {
      const found = await row(name);
      return found?.chain && found.updated_at > after ? found : undefined;
    });

  async function shown(port: number, servername: string): Promise<X509Certificate> {
    const socket = tlsConnect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const certificate = socket.getPeerX509Certificate()!;
    socket.destroy();
    return certificate;
  }

  test('by http-01: issued, in use, renewed at two thirds of its life by one of two replicas', async (t) => {
    const { ports } = opened;
    const challenges = new AcmeChallenges(ports.database);
    const responder = await listenForHttp01(challenges, {
      host: '127.0.0.1',
      port: pebble.httpPort,
      maxConnections: 10,
    });
    t.after(() => responder.stop(0));
    const replicas = [1, 2].map(() => renewal({ acmeDomains: ['mail.example.test', 'mta-sts.*'] }));
    t.after(() => Promise.all(replicas.map(({ one }) => one.stop())));
    const config = { ...settings(), ports: { ...opened.config.ports, http: 0, https: 0 } };
    const webmail = await startWebmail(ports, config);
    t.after(() => webmail.stop(0));
    const first = await issued('mail.example.test');
    await Promise.all([issued('mta-sts.example.test'), issued('mta-sts.example.org')]);

    const { validFrom, validTo } = new X509Certificate(first.chain!);
    const part = (first.attempt_at - Date.parse(validFrom)) / (Date.parse(validTo) - Date.parse(validFrom));
    assert.ok(part > 0.6 && part < 0.67, `${part}`);
    // Other processes find it in the database.
    const store = await openCertificates(config, ports);
    t.after(() => store.close());
    assert.ok(store.names.includes('mta-sts.example.org'));
    assert.match(new X509Certificate(store.material.certificate).issuer, /Pebble/);

    await ports.database.kysely
      .updateTable('acme_certificate')
      .set({ attempt_at: 0 })
      .where('name', '=', 'mail.example.test')
      .execute();
    const second = await issued('mail.example.test', first.updated_at);
    assert.notEqual(second.chain, first.chain);
    assert.notEqual(second.key, first.key);
    await store.refresh();
    assert.equal(store.material.fingerprint, new X509Certificate(second.chain!).fingerprint256);
    const counted = (await Promise.all(replicas.map(({ counted }) => counted()))).join(' ');
    const issues = [...counted.matchAll(/result="issued"\} (\d+)/g)].map(([, count]) => Number(count));
    assert.equal(
      issues.reduce((sum, count) => sum + count, 0),
      4,
    );
    assert.doesNotMatch(counted, /failed/);
    const left = await ports.database.kysely.selectFrom('acme_challenge').selectAll().execute();
    assert.deepEqual(left, []);
    const https = await until(async () => {
      const certificate = await shown(webmail.addresses.https!.port, 'mta-sts.example.test');
      return certificate.issuer.includes('Pebble') && certificate;
    });
    assert.ok(https.checkHost('mta-sts.example.test'));
  });

  test('by tls-alpn-01, as the service does it', async (t) => {
    const { ports } = opened;
    const acme = await startAcme(
      {
        ...settings(),
        acmeChallenge: 'tls-alpn-01',
        acmeDomains: ['alpn.example.test'],
      },
      { ...ports, metrics: createMetrics(), domains: async () => [] },
    );
    t.after(() => acme?.stop());
    assert.equal(acme?.listener?.port, pebble.tlsPort);
    const { chain } = await issued('alpn.example.test');
    assert.ok(new X509Certificate(chain!).checkHost('alpn.example.test'));
  });

  test('what fails is written down, counted and tried again later; nothing else stops', async (t) => {
    const unknown = renewal({ acmeDomains: ['nowhere.example.com'] });
    const away = renewal({
      acmeDomains: ['other.example.com'],
      acmeDirectory: 'https://127.0.0.1:1/dir',
    });
    t.after(() => Promise.all([unknown.one.stop(), away.one.stop()]));
    for (const [name, { counted }] of [
      ['nowhere.example.com', unknown],
      ['other.example.com', away],
    ] as const) {
      const found = await until(async () => {
        const one = await row(name);
        return one?.problem ? one : undefined;
      });
      assert.equal(found.failures, 1);
      assert.equal(found.claimed_until, 0);
      assert.ok(found.attempt_at > opened.ports.database.now() + 250_000);
      assert.match(await counted(), /result="failed"\} 1/);
    }
  });
});
