import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startLoadProcess } from '../../bench/load-process.ts';
import { type Bench, measure } from '../../bench/measure.ts';
import type { Row } from '../../bench/rows.ts';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { startSink } from '../../scripts/soak/smtp-sink.ts';
import { missing, startCluster } from '../servers.ts';

describe('the load program of the benchmark', { skip: missing('postgres', 'nats', 'redis') }, () => {
  let cluster: Cluster;
  let bench: Bench;

  before(async () => {
    const sink = await startSink();
    cluster = await startCluster({
      replicas: { 'pop3-gateway': 0, webmail: 0 },
      settings: { RELAY_HOST: `127.0.0.1:${sink.port}`, LOG_LEVEL: 'warn' },
    });
    const accounts = await makeAccounts(cluster, 'bench.test', ['a', 'b', 'c']);
    const target = {
      smtpPort: cluster.port('smtp-ingress', 'smtp'),
      submissionPort: cluster.port('smtp-ingress', 'submission'),
      submissionLogin: true,
      imapPort: cluster.port('imap-gateway', 'imap'),
      password: cluster.password,
      accounts,
    };
    const parts = () => cluster.processes.map(({ name, pid }) => ({ name, pid }));
    const load = await startLoadProcess(target);
    bench = { peer: { name: 'Cartero', target, parts, stop: () => cluster.stop() }, load, sink };
  });

  after(async () => {
    await bench?.load.stop();
    await cluster?.stop();
    await bench?.sink.stop();
  });

  const row = (some: Partial<Row>): Row => ({
    name: 'test',
    measure: 'visible',
    connections: 2,
    accounts: 3,
    recipients: 1,
    messages: 5,
    messageBytes: 4_096,
    goal: 1,
    ...some,
  });

  const cases: readonly [string, Partial<Row>][] = [
    ['accept', { measure: 'accept' }],
    ['visible, several recipients', { recipients: 3 }],
    ['visible, larger than a chunk', { messages: 1, connections: 1, accounts: 1, messageBytes: 600_000 }],
    ['relay', { measure: 'relay' }],
    ['push', { measure: 'push', accounts: 1, connections: 1, messages: 3 }],
    ['status', { measure: 'status', accounts: 1, connections: 1, messages: 3 }],
  ];
  for (const [index, [name, some]] of cases.entries())
    test(`${name}: everything arrives intact, and is measured`, async () => {
      const measured = await measure(bench, row(some), `t${index}`);
      assert.ok(measured.rate > 0 && measured.p99Ms >= measured.p50Ms && measured.p50Ms >= 0);
      assert.ok(measured.peakMib.get('smtp-ingress-0')! > 20);
      assert.deepEqual([...measured.cpuMsOf.keys()].sort(), cluster.processes.map((one) => one.name).sort());
    });
});
