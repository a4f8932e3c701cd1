import type { Counter, Gauge, Histogram, Metrics } from '../../shared/runtime/metrics.ts';

export interface GatewayMetrics {
  /** Open connections. */
  readonly sessions: Gauge;
  /** By result: accepted, refused, limit. */
  readonly logins: Counter;
  /** By command and status (ok, no, bad). */
  readonly commands: Counter;
  readonly commandSeconds: Histogram;
  /** Bytes of messages sent by FETCH. */
  readonly fetchedBytes: Counter;
  readonly appended: Counter;
  /** From a message's arrival to the untagged response of a client that listens. */
  readonly pushSeconds: Histogram;
  readonly failures: Counter;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

export function gatewayMetrics(metrics: Metrics): GatewayMetrics {
  return {
    sessions: metrics.gauge('cartero_imap_sessions', 'IMAP connections that are open'),
    logins: metrics.counter('cartero_imap_logins_total', 'IMAP log-ins by result', ['result']),
    commands: metrics.counter('cartero_imap_commands_total', 'IMAP commands', ['command', 'status']),
    commandSeconds: metrics.histogram(
      'cartero_imap_command_seconds',
      'time from an IMAP command to its tagged response',
      SECONDS,
      ['command'],
    ),
    fetchedBytes: metrics.counter('cartero_imap_fetched_bytes_total', 'bytes of messages sent by FETCH'),
    appended: metrics.counter('cartero_imap_appended_messages_total', 'messages taken by APPEND'),
    pushSeconds: metrics.histogram(
      'cartero_imap_push_seconds',
      "from a message's arrival to the untagged EXISTS of a client that idles",
      [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600],
      [],
      true,
    ),
    failures: metrics.counter('cartero_imap_failures_total', 'commands that failed for no expected reason'),
  };
}
