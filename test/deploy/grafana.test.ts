import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ALERTS } from '../../deploy/grafana/alerts.ts';
import { DASHBOARDS } from '../../deploy/grafana/dashboards.ts';
import { generatedFiles } from '../../deploy/grafana/generate.ts';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { SERVICES } from '../../scripts/cluster/services.ts';
import { DEMO_ACCOUNTS } from '../../scripts/cluster/state.ts';
import { type ImapClient, openImap } from '../../scripts/soak/imap-client.ts';
import { openLineSocket } from '../../scripts/soak/line-socket.ts';
import { openSmtp } from '../../scripts/soak/smtp-client.ts';
import { startDnsServer, type TestDnsServer } from '../dns-server.ts';
import { missing, startCluster } from '../servers.ts';
import { type SinkServer, startSink } from '../sink-smtp.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
const hasPrometheus = existsSync('/usr/bin/prometheus');

describe('dashboards and alerts', () => {
  test('the generated files are those of their source (npm run dashboards)', () => {
    for (const [name, text] of generatedFiles())
      assert.equal(read(`deploy/grafana/generated/${name}`), text, name);
  });

  test('each alert has its paragraph in the runbook, and the runbook none else', () => {
    const headings = [...read('docs/runbook.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings.sort(), ALERTS.map((one) => one.name).sort());
  });

  test('kustomize packs every dashboard', () => {
    const packed = read('deploy/grafana/kustomization.yaml');
    for (const { uid } of DASHBOARDS) assert.ok(packed.includes(`generated/${uid}.json`), uid);
  });
});

describe('dashboards over a cluster at work', {
  skip:
    missing('postgres', 'nats', 'redis') ||
    (!hasPrometheus && process.env.CI !== 'true' && 'prometheus is not installed'),
}, () => {
  const [alice = '', bob = ''] = DEMO_ACCOUNTS;
  let sink: SinkServer;
  let dns: TestDnsServer;
  let cluster: Cluster;
  let prometheus: Prometheus;
  let idler: ImapClient;

  before(async () => {
    sink = await startSink();
    dns = await startDnsServer({
      'elsewhere.test': { mx: [[10, 'mx.elsewhere.test']] },
      'mx.elsewhere.test': { a: [sink.host] },
    });
    cluster = await startCluster({
      settings: { DNS_SERVERS: dns.address, RELAY_PORT: String(sink.port) },
    });
    const targets = SERVICES.map((service) => ({ service, port: cluster.port(service, 'admin') }));
    prometheus = await startPrometheus(
      join(cluster.directory, 'prometheus'),
      targets,
      `${ROOT}deploy/grafana/generated/alerts.yaml`,
    );
    idler = await openImap(cluster.port('imap-gateway', 'imap'), bob, cluster.password);
    await idler.select('INBOX');
    await prometheus.scraped(1);
    // A counter that a label appears on for the first time has a rate only from its second sample on: two rounds of work.
    for (let round = 0; round < 2; round++) {
      await work();
      await prometheus.scraped(2);
    }
  });
  after(async () => {
    idler?.destroy();
    await prometheus?.stop();
    await cluster?.stop();
    await sink?.[Symbol.asyncDispose]();
    await dns?.stop();
  });

  async function work(): Promise<void> {
    const idling = await idler.idle();
    const from = { address: alice, password: cluster.password };
    const smtp = await openSmtp(cluster.port('smtp-ingress', 'submission'), from);
    const bytes = Buffer.from(`From: ${alice}\r\nSubject: measured\r\n\r\ntext\r\n`);
    for (const to of [bob, bob, 'far@elsewhere.test'])
      await smtp.send({ reversePath: alice, forwardPaths: [to], bytes });
    await smtp.quit();
    await idling.next();
    await idling.done();
    await idler.command('UID FETCH 1:* (BODY.PEEK[])');
    const pop = await openLineSocket(cluster.port('pop3-gateway', 'pop3'), 10_000);
    for (const line of [`USER ${alice}`, `PASS ${cluster.password}`, 'STAT', 'QUIT']) {
      await pop.line();
      pop.write(`${line}\r\n`);
    }
    await pop.line();
    pop.destroy();
    await web();
    for (const until = Date.now() + 20_000; sink.messages.length === 0 && Date.now() < until; )
      await prometheus.scraped(1);
  }

  async function web(): Promise<void> {
    const origin = `http://127.0.0.1:${cluster.port('webmail', 'http')}`;
    const authorization = `Basic ${Buffer.from(`${alice}:${cluster.password}`).toString('base64')}`;
    const body = JSON.stringify({
      using: ['urn:ietf:params:jmap:core'],
      methodCalls: [['Core/echo', { a: 1 }, 'c']],
    });
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${origin}/jmap/api`, { method: 'POST', headers, body });
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  }

  for (const { title, rows } of DASHBOARDS) {
    for (const panel of rows.flatMap((row) => row.panels)) {
      test(`${title}: ${panel.title}`, async () => {
        for (const { expr, legend } of panel.queries) {
          const promql = expr.replaceAll('$__rate_interval', '30s').replaceAll('$namespace', '.*');
          const result = await prometheus.query(promql);
          if (panel.sparse) continue;
          assert.ok(result.length > 0, `${promql} finds nothing`);
          assert.ok(
            result.some((one) => Number.isFinite(Number(one.value[1]))),
            `${promql}: ${JSON.stringify(result)}`,
          );
          for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
            assert.ok(
              result.every((one) => one.metric[label] !== undefined),
              `${promql}: no label ${label}`,
            );
        }
      });
    }
  }

  test('no alert fires over a cluster that is well', async () => {
    assert.deepEqual(await prometheus.firing(), []);
  });

  test('each alert asks for series that exist, and one fires once what it is about is so', async () => {
    for (const { name, expr } of ALERTS) {
      for (const metric of new Set(expr.match(/\b(?:cartero|nodejs)_\w+/g))) {
        const found = await prometheus.query(`count({__name__="${metric}"})`);
        assert.ok(found.length > 0, `${name}: ${metric}`);
      }
    }
    await cluster.process('mailbox-store').stop();
    const expr = ALERTS.find((one) => one.name === 'ReplicaDown')?.expr ?? '';
    for (const until = Date.now() + 20_000; Date.now() < until; ) {
      if ((await prometheus.query(expr)).length === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    assert.fail('a store that was stopped is not seen');
  });

  test('a slow message can be followed: its bucket holds its trace', async () => {
    const found = await prometheus.exemplars('cartero_delivery_seconds_bucket');
    const labels = found.flatMap((one) => one.exemplars.map((exemplar) => exemplar.labels));
    assert.ok(
      labels.some((one) => /^[0-9a-f]{32}$/.test(one.trace_id ?? '')),
      JSON.stringify(found),
    );
  });
});
