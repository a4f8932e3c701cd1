import type { Counter, Gauge, Histogram, Metrics } from '../../shared/runtime/metrics.ts';

export interface GatewayMetrics {
  readonly connections: Gauge;
  /** By result: accepted, refused, throttled, in-use, unavailable. */
  readonly logins: Counter;
  /** By command. */
  readonly commands: Counter;
  readonly commandSeconds: Histogram;
  readonly retrieved: Counter;
  readonly retrievedBytes: Counter;
  readonly deleted: Counter;
  readonly failures: Counter;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export function gatewayMetrics(metrics: Metrics): GatewayMetrics {
  return {
    connections: metrics.gauge('cartero_pop3_connections', 'POP3 connections that are open'),
    logins: metrics.counter('cartero_pop3_logins_total', 'POP3 log-ins by result', ['result']),
    commands: metrics.counter('cartero_pop3_commands_total', 'POP3 commands', ['command']),
    commandSeconds: metrics.histogram(
      'cartero_pop3_command_seconds',
      'time from a POP3 command to its reply',
      SECONDS,
      ['command'],
    ),
    retrieved: metrics.counter('cartero_pop3_retrieved_messages_total', 'messages sent by RETR'),
    retrievedBytes: metrics.counter('cartero_pop3_retrieved_bytes_total', 'octets sent by RETR and TOP'),
    deleted: metrics.counter('cartero_pop3_deleted_messages_total', 'messages removed at QUIT'),
    failures: metrics.counter('cartero_pop3_failures_total', 'commands that failed for no expected reason'),
  };
}
