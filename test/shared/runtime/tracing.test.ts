import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { formatTraceparent, newTraceparent, parseTraceparent } from '../../../shared/runtime/traceparent.ts';
import { createTracing } from '../../../shared/runtime/tracing.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('traceparent: read, written, and anything malformed is none', () => {
  const context = parseTraceparent(PARENT)!;
  assert.deepEqual(context, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    sampled: true,
  });
  assert.equal(formatTraceparent(context), PARENT);
  for (const wrong of [
    undefined,
    '',
    'x',
    PARENT.slice(0, -1),
    `${PARENT}0`,
    PARENT.toUpperCase(),
    `01${PARENT.slice(2)}`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
  ])
    assert.equal(parseTraceparent(wrong), undefined, String(wrong));
});

test('fresh traceparents are valid and differ', () => {
  const made = Array.from({ length: 10_000 }, newTraceparent);
  assert.ok(made.every((traceparent) => parseTraceparent(traceparent)));
  assert.equal(new Set(made).size, made.length);
});

test('without an endpoint: the context is handed on, or begun; the result and the error pass through', async () => {
  const tracing = await createTracing({ replicaName: 'r1' }, 'test');
  assert.equal(await tracing.span('a', { parent: PARENT }, async ({ traceparent }) => traceparent), PARENT);
  const fresh = await tracing.span('a', {}, async (span) => {
    span.setAttribute('k', 1);
    assert.equal(span.traceparent, span.traceparent);
    return span.traceparent;
  });
  assert.equal(parseTraceparent(fresh)?.sampled, false);
  const replaced = await tracing.span('a', { parent: 'rubbish' }, async ({ traceparent }) => traceparent);
  assert.ok(parseTraceparent(replaced));
  await assert.rejects(
    tracing.span('a', {}, async () => {
      throw new Error('the work failed');
    }),
    /the work failed/,
  );
  await tracing.stop();
});

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        status: { code?: number };
        attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
      }[];
    }[];
  }[];
}

test('with an endpoint: spans arrive there, one trace through all of them', async (t) => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces');
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    collector.close();
    collector.closeAllConnections();
  });
  const { port } = collector.address() as AddressInfo;
  const tracing = await createTracing(
    { otlpEndpoint: `http://127.0.0.1:${port}/`, replicaName: 'r1' },
    'smtp-ingress',
  );

  const inner = await tracing.span('accept', { parent: PARENT, attributes: { size: 12 } }, (outer) =>
    tracing.span('deliver', { parent: outer.traceparent }, async (span) => span.traceparent),
  );
  await assert.rejects(
    tracing.span('fails', {}, async () => {
      throw new Error('the work failed');
    }),
  );
  await tracing.stop();
  await tracing.stop();

  const exported = bodies
    .map((body): Exported => JSON.parse(body))
    .flatMap(({ resourceSpans }) => resourceSpans);
  const name = exported[0]!.resource.attributes.find(({ key }) => key === 'service.name');
  assert.equal(name?.value.stringValue, 'smtp-ingress');
  const spans = exported.flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans);
  const [accept, deliver, fails] = ['accept', 'deliver', 'fails'].map(
    (of) => spans.find((span) => span.name === of)!,
  );
  const parent = parseTraceparent(PARENT)!;
  assert.equal(accept!.traceId, parent.traceId);
  assert.equal(accept!.parentSpanId, parent.spanId);
  assert.equal(deliver!.traceId, parent.traceId);
  assert.equal(deliver!.parentSpanId, accept!.spanId);
  assert.equal(parseTraceparent(inner)?.spanId, deliver!.spanId);
  assert.equal(accept!.attributes.find(({ key }) => key === 'size')?.value.intValue, 12);
  assert.notEqual(fails!.traceId, parent.traceId);
  assert.equal(fails!.status.code, 2);
});
