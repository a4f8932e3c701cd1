import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createDns } from '../../../../services/relay-worker/dns.ts';
import { composeReport, readReportRecord } from '../../../../services/relay-worker/tls/report.ts';
import { ReportSender } from '../../../../services/relay-worker/tls/report-sender.ts';
import { DAY_MS, TlsResults } from '../../../../services/relay-worker/tls/tls-results.ts';
import { createDkimKeys, rotateDkimKeys } from '../../../../shared/account/dkim-keys.ts';
import { openPGlite } from '../../../../shared/database/pglite.ts';
import type { Database } from '../../../../shared/database/port.ts';
import { loadTrust } from '../../../../shared/net/trust.ts';
import { testCa } from '../../../certificates.ts';
import { makeWorld, type World } from '../world.ts';

let world: World;
let database: Database;
let directory: string;
let caFile: string;
let https: Server;
const posted: { path: string; type: string; body: Buffer }[] = [];
let answer = 200;

before(async () => {
  const ca = await testCa();
  const { certificate: cert, key } = await ca.forHosts(['reports.example']);
  directory = await mkdtemp(join(tmpdir(), 'cartero-rpt-'));
  caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca.certificate);
  https = createServer({ cert, key }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      posted.push({
        path: request.url ?? '',
        type: request.headers['content-type'] ?? '',
        body: Buffer.concat(pieces),
      });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  database = await openPGlite(undefined);
  world = await makeWorld(database, { RELAY_CA_FILE: caFile });
  world.dns.zone['reports.example'] = { a: ['127.0.0.1'] };
});
after(async () => {
  await world.stop();
  await database.close();
  https.closeAllConnections();
  await new Promise((resolve) => https.close(resolve));
  await rm(directory, { recursive: true });
});

const policy = (domain: string) =>
  ({ type: 'sts', domain, lines: ['version: STSv1', 'mode: enforce'], mx: [`*.${domain}`] }) as const;

/** Two sessions that went well and three that did not, a day ago. */
async function countYesterday(domain: string): Promise<number> {
  const day = Math.floor(database.now() / DAY_MS) - 1;
  const yesterday = new Proxy(database, {
    get: (target, name) => (name === 'now' ? () => day * DAY_MS + 1 : Reflect.get(target, name)),
  });
  const problem = { type: 'certificate-expired', text: 'it has expired' } as const;
  const failed = {
    policy: policy(domain),
    problem,
    mx: `mx.${domain}`,
    address: '192.0.2.1',
    localAddress: '192.0.2.9',
  };
  const went = { policy: policy(domain), problem: null, mx: `mx.${domain}`, address: '192.0.2.1' };
  for (const half of [0, 1]) {
    const results = new TlsResults(yesterday, world.ports.log);
    results.add(went);
    results.add(failed, 1 + half);
    await results.flush();
    await results.flush();
  }
  return day;
}

async function sender(): Promise<ReportSender> {
  return new ReportSender({
    ...world.ports,
    dns: createDns(world.config.dnsServers),
    hostname: 'us.example.test',
    secureContext: await loadTrust(caFile),
    spreadMs: 0,
  });
}

const rows = async (domain: string) =>
  database.prepared<{ sessions: number }>(
    'test_rows',
    'select sessions from tls_result where policy_domain = $1',
    [domain],
  );

test('tls reports: sessions of a day, by mail and by HTTPS, from one of two workers, signed, once', async () => {
  await createDkimKeys(database, 'example.test', ['ed25519-sha256']);
  await rotateDkimKeys(database, 'example.test');
  const sink = await world.domain('wants.example');
  const { port } = https.address() as AddressInfo;
  world.dns.zone['_smtp._tls.wants.example'] = {
    txt: [`v=TLSRPTv1; rua=mailto:tls@wants.example,https://reports.example:${port}/in?x=1`],
  };
  const day = await countYesterday('wants.example');
  assert.equal((await rows('wants.example')).length, 2);
  const senders = [await sender(), await sender()];
  await Promise.all(senders.map((one) => one.look()));
  await Promise.all(senders.map((one) => one.look()));
  await sink.until(() => sink.messages.length === 1);
  assert.equal(posted.length, 1);
  assert.deepEqual([posted[0]!.path, posted[0]!.type], ['/in?x=1', 'application/tlsrpt+gzip']);
  const report = JSON.parse(gunzipSync(posted[0]!.body).toString());
  const begin = new Date(day * DAY_MS).toISOString().slice(0, 10);
  assert.deepEqual(report, {
    'organization-name': 'us.example.test',
    'date-range': { 'start-datetime': `${begin}T00:00:00Z`, 'end-datetime': `${begin}T23:59:59Z` },
    'contact-info': 'postmaster@us.example.test',
    'report-id': `${day}.wants.example@us.example.test`,
    policies: [
      {
        policy: {
          'policy-type': 'sts',
          'policy-string': ['version: STSv1', 'mode: enforce'],
          'policy-domain': 'wants.example',
          'mx-host': ['*.wants.example'],
        },
        summary: { 'total-successful-session-count': 2, 'total-failure-session-count': 3 },
        'failure-details': [
          {
            'result-type': 'certificate-expired',
            'sending-mta-ip': '192.0.2.9',
            'receiving-mx-hostname': 'mx.wants.example',
            'receiving-ip': '192.0.2.1',
            'failed-session-count': 3,
            'failure-reason-code': 'it has expired',
          },
        ],
      },
    ],
  });
  const mail = sink.messages[0]!;
  assert.deepEqual(mail.rcpts, ['<tls@wants.example>']);
  const text = mail.data.toString('latin1');
  assert.match(text, /^DKIM-Signature: .*d=example\.test;/s);
  assert.match(text, /\r\nTLS-Report-Domain: wants\.example\r\nTLS-Report-Submitter: us\.example\.test\r\n/);
  assert.match(text, /\r\nContent-Type: multipart\/report; report-type="tlsrpt";/);
  const encoded =
    /application\/tlsrpt\+gzip\r\n(?:[A-Z].*\r\n(?: .*\r\n)*)+\r\n([^-]+)--/.exec(text)?.[1] ?? '';
  assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(encoded, 'base64')).toString()), report);
  assert.deepEqual(await rows('wants.example'), []);
});

test('tls reports: who does not ask gets none; who cannot be reached is tried again', async () => {
  await countYesterday('mute.example');
  await (await sender()).look();
  assert.deepEqual(await rows('mute.example'), []);
  const { port } = https.address() as AddressInfo;
  world.dns.zone['_smtp._tls.later.example'] = {
    txt: [`v=TLSRPTv1;rua=https://reports.example:${port}/later`],
  };
  await countYesterday('later.example');
  posted.length = 0;
  answer = 503;
  const one = await sender();
  await one.look();
  await one.look();
  assert.equal(posted.length, 1, 'not at once');
  answer = 200;
  await database.prepared('test_hour', 'update tls_report set claimed_at = claimed_at - 3600001', []);
  await one.look();
  assert.equal(posted.length, 2);
  assert.deepEqual(await rows('later.example'), []);
});

test('tls reports: they arrive although TLS with the domain is broken (TLS-Required: No), other mail does not', async () => {
  const sink = await world.domain('torn.example');
  world.dns.zone['torn.example'] = { ...world.dns.zone['torn.example'], secure: true };
  world.dns.zone['mx.torn.example'] = { ...world.dns.zone['mx.torn.example'], secure: true };
  const tlsa = [{ usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) }];
  world.dns.zone[`_${sink.port}._tcp.mx.torn.example`] = { tlsa, secure: true };
  world.dns.zone['_smtp._tls.torn.example'] = { txt: ['v=TLSRPTv1; rua=mailto:r@torn.example'] };
  await countYesterday('torn.example');
  await (await sender()).look();
  await sink.until(() => sink.messages.length === 1);
  const [row] = await world.settled(await world.submit(['b@torn.example']), 1);
  assert.deepEqual([row?.outcome, row?.status], ['retry', '4.7.4']);
  assert.equal(sink.messages.length, 1);
});

test('tls reports: what a worker saw is counted when it stops', async () => {
  await world.domain('seen.example', { tls: true });
  await world.settled(await world.submit(['b@seen.example']), 1);
  await world.running.stop(1_000);
  const found = await database.prepared<{ policy_type: string; result: string; sessions: number }>(
    'test_seen',
    "select policy_type, result, sessions from tls_result where policy_domain = 'seen.example'",
    [],
  );
  assert.deepEqual(found, [{ policy_type: 'no-policy-found', result: 'success', sessions: 1 }]);
});

test('tls reports: where they are wanted', () => {
  const cases: [string[], string[]][] = [
    [['v=TLSRPTv1; rua=mailto:a@b.c'], ['mailto:a@b.c']],
    [['v=TLSRPTv1;rua=mailto:a@b.c , https://d.e/f;'], ['mailto:a@b.c', 'https://d.e/f']],
    [['v=TLSRPTv1; rua=http://d.e/f'], []],
    [['v=TLSRPTv1; rua=mailto:a@b.c', 'v=TLSRPTv1; rua=mailto:d@e.f'], []],
    [['v=spf1'], []],
  ];
  for (const [records, targets] of cases) assert.deepEqual(readReportRecord(records), targets);
});

test('tls reports: a day without failures has no details, one without a policy no policy', () => {
  const options = { hostname: 'us', policyDomain: 'x', day: 20_000 };
  const none = {
    policyString: '',
    policyMx: '',
    sendingIp: '',
    receivingMx: '',
    receivingIp: '',
    detail: '',
  };
  const { policies } = JSON.parse(
    composeReport(options, [{ ...none, policyType: 'no-policy-found', result: 'success', sessions: 7 }]),
  );
  assert.deepEqual(policies, [
    {
      policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'x' },
      summary: { 'total-successful-session-count': 7, 'total-failure-session-count': 0 },
    },
  ]);
});
