/** Spans for OpenTelemetry. Without an endpoint nothing is recorded, yet the trace context still travels. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Config } from './config.ts';
import { formatTraceparent, newTraceparent, parseTraceparent } from './traceparent.ts';

export type AttributeValue = string | number | boolean;

export interface Span {
  /** What to hand on in a NATS header or a spool row. */
  readonly traceparent: string;
  setAttribute(key: string, value: AttributeValue): void;
}

export interface SpanOptions {
  /** The traceparent this span belongs under; anything malformed starts a new trace. */
  readonly parent?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface Tracing {
  /** Runs `work` in a span that ends when it settles; an error is recorded and thrown on. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** The traceparent of the span that the caller runs in; undefined outside of any, or when nothing is recorded. */
  current(): string | undefined;
  /** Sends what is still waiting, within 5 s. Idempotent. */
  stop(): Promise<void>;
}

/** Without a recorder the caller's context is handed on as it came (W3C Trace Context §3.4). */
class UnrecordedSpan implements Span {
  #traceparent: string | undefined;
  constructor(parent: string | undefined) {
    this.#traceparent = parseTraceparent(parent) && parent;
  }
  get traceparent(): string {
    this.#traceparent ??= newTraceparent();
    return this.#traceparent;
  }
  setAttribute(): void {}
}

const noTracing: Tracing = {
  span: (_name, options, work) => work(new UnrecordedSpan(options.parent)),
  current: () => undefined,
  stop: async () => {},
};

const STOP_MS = 5_000;

async function otlpTracing(endpoint: string, service: string, replica: string): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace }, { NodeSDK }, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
  const sdk = new NodeSDK({
    serviceName: service,
    autoDetectResources: false,
    traceExporter: new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: STOP_MS,
    }),
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const tracer = trace.getTracer('cartero');
  const running = new AsyncLocalStorage<string>();
  let stopped: Promise<void> | undefined;

  return {
    async span(name, options, work) {
      const parent = parseTraceparent(options.parent);
      // A parent that nobody recorded would leave the trace without spans: record from here on.
      const context = parent
        ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true })
        : ROOT_CONTEXT;
      const span = tracer.startSpan(
        name,
        { attributes: { 'cartero.replica': replica, ...options.attributes } },
        context,
      );
      const { traceId, spanId } = span.spanContext();
      const traceparent = formatTraceparent({ traceId, spanId, sampled: true });
      try {
        const setAttribute = (key: string, value: AttributeValue) => void span.setAttribute(key, value);
        return await running.run(traceparent, () => work({ traceparent, setAttribute }));
      } catch (error) {
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
    current: () => running.getStore(),
    stop() {
      stopped ??= Promise.race([
        sdk.shutdown().catch(() => {}),
        new Promise<void>((resolve) => setTimeout(resolve, STOP_MS).unref()),
      ]);
      return stopped;
    },
  };
}

/** The OpenTelemetry packages are loaded only when `otlpEndpoint` is set. */
export async function createTracing(
  config: Pick<Config, 'otlpEndpoint' | 'replicaName'>,
  service: string,
): Promise<Tracing> {
  return config.otlpEndpoint ? otlpTracing(config.otlpEndpoint, service, config.replicaName) : noTracing;
}
