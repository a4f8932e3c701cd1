/** Counters, gauges and histograms, and those of the process itself (event loop lag, memory, CPU). */
import {
  collectDefaultMetrics,
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from 'prom-client';

export type Labels = Readonly<Record<string, string | number>>;

export interface Counter {
  inc(labels?: Labels, by?: number): void;
}

export interface Gauge {
  set(labels: Labels, value: number): void;
  inc(labels?: Labels, by?: number): void;
  dec(labels?: Labels, by?: number): void;
  /** Forgets every series of it. */
  reset(): void;
}

export interface Histogram {
  /** `traceparent` (W3C): the trace that this value is an example of, shown beside its bucket. */
  observe(labels: Labels, value: number, traceparent?: string | null): void;
}

/** Called at each scrape: sets the gauge itself, or returns (a promise of) its value; the values of several collectors are added up. */
export type Collect = (gauge: Gauge) => unknown;

/**
 * Names: `cartero_<noun>_<unit>`, with `_total`, `_seconds` or `_bytes` at the end.
 * A name asked for twice is the same metric.
 */
export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[], collect?: Collect): Gauge;
  /** `buckets` in the unit of the name, rising. */
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly string[],
    /** Keep the last trace of each bucket. */
    exemplars?: boolean,
  ): Histogram;
  /** All of it in the text format of OpenMetrics 1.0, which Prometheus reads, with exemplars. */
  text(): Promise<string>;
}

const NO_LABELS: Labels = {};

/** The media type of `text()`. */
export const METRICS_TYPE = Registry.OPENMETRICS_CONTENT_TYPE;

function createGauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  collectors: Collect[],
): Gauge {
  const wrapped: Gauge = {
    set: (labels, value) => gauge.set(labels, value),
    inc: (labels = NO_LABELS, by = 1) => gauge.inc(labels, by),
    dec: (labels = NO_LABELS, by = 1) => gauge.dec(labels, by),
    reset: () => gauge.reset(),
  };
  const gauge: PromGauge = new PromGauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      // One collector that fails must not take the whole scrape with it.
      const values = (await Promise.allSettled(collectors.map(async (collect) => collect(wrapped)))).flatMap(
        (result) => (result.status === 'fulfilled' && typeof result.value === 'number' ? [result.value] : []),
      );
      if (values.length > 0) gauge.set(values.reduce((sum, value) => sum + value, 0));
    },
  });
  return wrapped;
}

const exemplarOf = (traceparent: string | null | undefined): Record<string, string> | undefined => {
  const traceId = traceparent?.split('-')[1];
  return traceId === undefined ? undefined : { trace_id: traceId };
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  // Its types would have one registry speak one format for ever.
  registry.setContentType(METRICS_TYPE as never);
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, { gauge: Gauge; collectors: Collect[] }>();
  const histograms = new Map<string, Histogram>();

  return {
    counter(name, help, labelNames = []) {
      let counter = counters.get(name);
      if (!counter) {
        const made = new PromCounter({ name, help, labelNames: [...labelNames], registers: [registry] });
        counter = { inc: (labels = NO_LABELS, by = 1) => made.inc(labels, by) };
        counters.set(name, counter);
      }
      return counter;
    },
    gauge(name, help, labelNames = [], collect) {
      let entry = gauges.get(name);
      if (!entry) {
        const collectors: Collect[] = [];
        entry = { gauge: createGauge(registry, name, help, labelNames, collectors), collectors };
        gauges.set(name, entry);
      }
      if (collect) entry.collectors.push(collect);
      return entry.gauge;
    },
    histogram(name, help, buckets, labelNames = [], exemplars = false) {
      let histogram = histograms.get(name);
      if (!histogram) {
        const made = new PromHistogram({
          name,
          help,
          buckets: [...buckets],
          labelNames: [...labelNames],
          registers: [registry],
          enableExemplars: exemplars,
        });
        histogram = {
          observe: exemplars
            ? (labels, value, traceparent) =>
                made.observe({ labels, value, exemplarLabels: exemplarOf(traceparent) })
            : (labels, value) => made.observe(labels, value),
        };
        histograms.set(name, histogram);
      }
      return histogram;
    },
    text: () => registry.metrics(),
  };
}
