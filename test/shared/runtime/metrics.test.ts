import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../shared/runtime/metrics.ts';

const line = async (metrics: ReturnType<typeof createMetrics>, start: string): Promise<string | undefined> =>
  (await metrics.text()).split('\n').find((text) => text.startsWith(start));

test('a name asked for twice is the same metric', async () => {
  const metrics = createMetrics();
  metrics.counter('cartero_replies_total', 'replies', ['code']).inc({ code: 250 });
  metrics.counter('cartero_replies_total', 'replies', ['code']).inc({ code: 250 }, 2);
  metrics.counter('cartero_plain_total', 'plain').inc();
  metrics.counter('cartero_plain_total', 'plain').inc(undefined, 4);
  assert.equal(await line(metrics, 'cartero_replies_total'), 'cartero_replies_total{code="250"} 3');
  assert.equal(await line(metrics, 'cartero_plain_total'), 'cartero_plain_total 5');
});

test('gauges are set, counted up and down, or collected at each scrape; collectors of one name are added up', async () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge('cartero_connections', 'open', ['listener']);
  gauge.set({ listener: 'imap' }, 5);
  gauge.inc({ listener: 'imap' });
  gauge.dec({ listener: 'imap' }, 2);
  assert.equal(await line(metrics, 'cartero_connections'), 'cartero_connections{listener="imap"} 4');

  let depth = 7;
  metrics.gauge('cartero_depth', 'depth', [], () => depth);
  metrics.gauge('cartero_depth', 'depth', [], async () => 100);
  metrics.gauge('cartero_depth', 'depth', [], () => {
    throw new Error('this one is broken');
  });
  assert.equal(await line(metrics, 'cartero_depth'), 'cartero_depth 107');
  depth = 8;
  assert.equal(await line(metrics, 'cartero_depth'), 'cartero_depth 108');

  metrics.gauge('cartero_own', 'set by the collector', ['x'], (own) => own.set({ x: 'y' }, 3));
  assert.equal(await line(metrics, 'cartero_own'), 'cartero_own{x="y"} 3');
});

test('histograms count into their buckets', async () => {
  const metrics = createMetrics();
  const histogram = metrics.histogram('cartero_turn_seconds', 'turns', [0.1, 1], ['verb']);
  histogram.observe({ verb: 'fetch' }, 0.5);
  assert.equal(
    await line(metrics, 'cartero_turn_seconds_bucket{le="0.1"'),
    'cartero_turn_seconds_bucket{le="0.1",verb="fetch"} 0',
  );
  assert.equal(
    await line(metrics, 'cartero_turn_seconds_bucket{le="1"'),
    'cartero_turn_seconds_bucket{le="1",verb="fetch"} 1',
  );
});

test('the process itself is measured, the event loop included', async () => {
  const text = await createMetrics().text();
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
  ])
    assert.match(text, new RegExp(`^${name} `, 'm'));
});
