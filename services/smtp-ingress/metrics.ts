import type { Counter, Gauge, Histogram, Metrics } from '../../shared/runtime/metrics.ts';

export interface IngressMetrics {
  readonly connections: Gauge;
  readonly connectionsTotal: Counter;
  /** Every reply by command and code: the commands, and what was refused why. */
  readonly replies: Counter;
  readonly accepted: Counter;
  readonly acceptedBytes: Counter;
  /** From the end of data until the commit. */
  readonly acceptSeconds: Histogram;
  /** By result: accepted, refused, throttled, unavailable. */
  readonly logins: Counter;
  readonly failures: Counter;
  /** Results of SPF, DKIM, ARC and DMARC. */
  readonly senderChecks: Counter;
  /** What became of checked messages because of DMARC: none, reject, quarantine, trusted. */
  readonly dmarcActions: Counter;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const LISTENER = ['listener'];

export function ingressMetrics(metrics: Metrics): IngressMetrics {
  return {
    connections: metrics.gauge(
      'cartero_smtp_connections',
      'SMTP and LMTP connections that are open',
      LISTENER,
    ),
    connectionsTotal: metrics.counter(
      'cartero_smtp_connections_total',
      'SMTP and LMTP connections taken',
      LISTENER,
    ),
    replies: metrics.counter('cartero_smtp_replies_total', 'replies given, by command and code', [
      'command',
      'code',
    ]),
    accepted: metrics.counter(
      'cartero_smtp_messages_accepted_total',
      'messages committed to the spool',
      LISTENER,
    ),
    acceptedBytes: metrics.counter(
      'cartero_smtp_accepted_bytes_total',
      'octets of accepted messages',
      LISTENER,
    ),
    acceptSeconds: metrics.histogram(
      'cartero_smtp_accept_seconds',
      'time from the end of data until the message is committed',
      SECONDS,
      LISTENER,
    ),
    logins: metrics.counter('cartero_smtp_logins_total', 'AUTH attempts by result', ['result']),
    failures: metrics.counter('cartero_smtp_failures_total', 'commands that failed for no expected reason'),
    senderChecks: metrics.counter('cartero_smtp_sender_checks_total', 'SPF, DKIM, ARC and DMARC by result', [
      'method',
      'result',
    ]),
    dmarcActions: metrics.counter(
      'cartero_smtp_dmarc_actions_total',
      'checked messages by what was done because of DMARC',
      ['action'],
    ),
  };
}
