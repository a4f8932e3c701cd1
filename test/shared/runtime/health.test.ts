import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startHealth } from '../../../shared/runtime/health.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';

async function start(t: TestContext, ready: () => readonly string[] = () => []) {
  const metrics = createMetrics();
  const health = await startHealth({ host: '127.0.0.1', port: 0, metrics, ready });
  t.after(() => health.stop());
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${health.port}${path}`, { method });
  return { metrics, health, get };
}

test('/healthz says that the process lives, /readyz whether it can work and why not', async (t) => {
  const reasons: string[] = [];
  const { get } = await start(t, () => reasons);
  assert.equal((await get('/healthz')).status, 200);
  assert.equal((await get('/readyz')).status, 200);
  reasons.push('the database cannot be reached', 'NATS is away');
  const not = await get('/readyz');
  assert.equal(not.status, 503);
  assert.equal(await not.text(), 'the database cannot be reached\nNATS is away\n');
  assert.equal((await get('/healthz')).status, 200);
});

test('/metrics is in the text format of OpenMetrics, which Prometheus reads', async (t) => {
  const { get, metrics } = await start(t);
  metrics.counter('cartero_messages_total', 'messages').inc(undefined, 3);
  const response = await get('/metrics?x=y');
  assert.match(response.headers.get('content-type') ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(await response.text(), /^cartero_messages_total 3$/m);
});

test('anything else is 404, another method 405; a check that throws is 500 and the server goes on', async (t) => {
  const { get } = await start(t, () => {
    throw new Error('broken check');
  });
  assert.equal((await get('/')).status, 404);
  assert.equal((await get('/metrics', 'POST')).status, 405);
  assert.equal((await get('/readyz')).status, 500);
  assert.equal((await get('/healthz')).status, 200);
});

test('a taken port is named', async (t) => {
  const { health, metrics } = await start(t);
  await assert.rejects(
    startHealth({ host: '127.0.0.1', port: health.port, metrics, ready: () => [] }),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${health.port}`),
  );
});
