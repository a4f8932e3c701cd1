import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { DEMO_ACCOUNTS } from '../../scripts/cluster/state.ts';
import { openImap } from '../../scripts/soak/imap-client.ts';
import { openSmtp } from '../../scripts/soak/smtp-client.ts';
import { missing, startCluster } from '../servers.ts';

interface Span {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

interface Otlp {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Omit<Span, 'service'>[] }[];
  }[];
}

/** A collector that keeps what it is sent (OTLP over HTTP, JSON). */
function collector(): { server: Server; spans: Span[] } {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    for (const { resource, scopeSpans } of (JSON.parse(Buffer.concat(pieces).toString()) as Otlp)
      .resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, service })));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  return { server, spans };
}

describe('traces of a cluster', { skip: missing('postgres', 'nats', 'redis') }, () => {
  const { server, spans } = collector();
  let cluster: Cluster;
  const [alice = ''] = DEMO_ACCOUNTS;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    cluster = await startCluster({
      replicas: { 'relay-worker': 0, 'pop3-gateway': 0 },
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    });
    const smtp = await openSmtp(cluster.port('smtp-ingress', 'smtp'));
    const bytes = Buffer.from('From: <a@b.test>\r\nSubject: traced\r\n\r\ntext\r\n');
    await smtp.send({ reversePath: 'a@b.test', forwardPaths: [alice], bytes });
    await smtp.quit();
    const imap = await openImap(cluster.port('imap-gateway', 'imap'), alice, cluster.password);
    for (let tries = 0; tries < 100; tries++) {
      const responses = await imap.command('STATUS INBOX (MESSAGES)');
      if (responses.some(({ text }) => text.includes('MESSAGES 1'))) break;
    }
    imap.destroy();
    // Stopping sends what still waits in each process.
    await cluster.stop();
  });
  after(async () => {
    await cluster?.stop();
    server.close();
    server.closeAllConnections();
  });

  test('one trace leads from DATA to the delivery, over two processes', () => {
    const accepted = spans.find(({ name }) => name === 'smtp accept');
    assert.ok(accepted, `spans: ${spans.map(({ name }) => name).join(', ')}`);
    const delivered = spans.find(({ name }) => name === 'mailbox.deliver');
    assert.equal(delivered?.traceId, accepted.traceId);
    assert.equal(delivered?.parentSpanId, accepted.spanId);
    assert.deepEqual([accepted.service, delivered?.service], ['smtp-ingress', 'mailbox-store']);
  });

  test('the trace of an IMAP command goes with its requests over NATS', () => {
    const command = spans.find(({ name }) => name === 'imap.STATUS');
    assert.ok(command, `spans: ${spans.map(({ name }) => name).join(', ')}`);
    const turn = spans.find(
      ({ name, parentSpanId }) => name === 'mailbox.status' && parentSpanId === command.spanId,
    );
    assert.equal(turn?.traceId, command.traceId);
    assert.equal(turn?.service, 'mailbox-store');
  });
});
