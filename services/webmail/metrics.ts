import type { Counter, Gauge, Histogram, Metrics } from '../../shared/runtime/metrics.ts';

export interface WebmailMetrics {
  /** By status. */
  readonly requests: Counter;
  readonly requestSeconds: Histogram;
  /** By result: accepted, refused, throttled. */
  readonly logins: Counter;
  /** By method. */
  readonly calls: Counter;
  readonly callSeconds: Histogram;
  readonly failures: Counter;
  /** By kind: event-source, web-socket. */
  readonly pushes: Gauge;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export function webmailMetrics(metrics: Metrics): WebmailMetrics {
  const pushes = metrics.gauge('cartero_webmail_push_connections', 'open push connections', ['kind']);
  for (const kind of ['event-source', 'web-socket']) pushes.set({ kind }, 0);
  return {
    requests: metrics.counter('cartero_webmail_requests_total', 'HTTP requests by status', ['status']),
    requestSeconds: metrics.histogram(
      'cartero_webmail_request_seconds',
      'time from an HTTP request to the head of its response',
      SECONDS,
    ),
    logins: metrics.counter('cartero_webmail_logins_total', 'log-ins over HTTP by result', ['result']),
    calls: metrics.counter('cartero_jmap_calls_total', 'JMAP method calls', ['method']),
    callSeconds: metrics.histogram('cartero_jmap_call_seconds', 'time a JMAP method call takes', SECONDS, [
      'method',
    ]),
    failures: metrics.counter(
      'cartero_webmail_failures_total',
      'requests and calls that failed for no expected reason',
    ),
    pushes,
  };
}
