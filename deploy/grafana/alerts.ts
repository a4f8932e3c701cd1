import { DELIVERY_SLO } from './slo.ts';

export interface Alert {
  readonly name: string;
  /** True when something is wrong. */
  readonly expr: string;
  readonly for: string;
  /** critical: somebody is to look now. warning: today. */
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
}

const late = (range: string): string =>
  `(1 - (sum (rate(${DELIVERY_SLO.histogram}_bucket{le="${DELIVERY_SLO.bound}"}[${range}])) / sum (rate(${DELIVERY_SLO.histogram}_count[${range}])))) / ${DELIVERY_SLO.budget}`;

const FAILURES = ['smtp', 'imap', 'pop3', 'webmail'].map(
  (it) => `sum (rate(cartero_${it}_failures_total[5m]))`,
);

/** Each has a paragraph of its name in docs/runbook.md. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'MailWaitsForItsMailbox',
    expr: 'max (cartero_spool_oldest_seconds{kind="local"}) > 60',
    for: '1m',
    severity: 'critical',
    summary: 'Accepted mail has waited for its mailbox for {{ $value | humanizeDuration }}.',
  },
  {
    name: 'DeliveryBudgetBurnsFast',
    expr: `${late('5m')} > 14.4 and ${late('1h')} > 14.4`,
    for: '2m',
    severity: 'critical',
    summary: 'So many messages take longer than 5 s that the budget of 30 days is gone in two.',
  },
  {
    name: 'DeliveryBudgetBurnsSlowly',
    expr: `${late('30m')} > 6 and ${late('6h')} > 6`,
    for: '15m',
    severity: 'warning',
    summary: 'More messages take longer than 5 s than the budget allows.',
  },
  {
    name: 'PartitionsUnserved',
    expr: 'sum by (kind) (cartero_lease_partitions) < 256',
    for: '30s',
    severity: 'critical',
    summary: 'Only {{ $value }} of 256 {{ $labels.kind }} partitions are held by a replica.',
  },
  {
    name: 'ServerUnreachable',
    expr: 'min by (server, service) (cartero_server_connected) == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.service }} does not reach its {{ $labels.server }}.',
  },
  {
    name: 'ReplicaDown',
    expr: 'up{job="cartero"} == 0',
    for: '2m',
    severity: 'warning',
    summary: '{{ $labels.instance }} does not answer.',
  },
  {
    name: 'CommandsFail',
    expr: `(${FAILURES.map((one) => `(${one} or vector(0))`).join(' + ')}) > 0.1`,
    for: '5m',
    severity: 'warning',
    summary: 'Commands fail for no expected reason, {{ $value | humanize }} a second.',
  },
  {
    name: 'DatabaseSlow',
    expr: 'histogram_quantile(0.99, sum by (le, service) (rate(cartero_database_call_seconds_bucket[5m]))) > 1',
    for: '5m',
    severity: 'warning',
    summary:
      'One in a hundred calls of the database by {{ $labels.service }} takes {{ $value | humanizeDuration }}.',
  },
  {
    name: 'EventLoopBusy',
    expr: 'max by (service, instance) (nodejs_eventloop_lag_p99_seconds) > 0.5',
    for: '5m',
    severity: 'warning',
    summary:
      'The event loop of {{ $labels.instance }} ({{ $labels.service }}) is {{ $value | humanizeDuration }} late.',
  },
  {
    name: 'RemoteQueueGrows',
    expr: 'max (cartero_spool_entries{kind="remote"}) > 10000 and max (deriv(cartero_spool_entries{kind="remote"}[30m])) > 0',
    for: '30m',
    severity: 'warning',
    summary: '{{ $value }} entries wait for other servers, and they grow.',
  },
  {
    name: 'RelayFails',
    expr: 'sum (rate(cartero_relay_attempts_total{result="failed"}[15m])) / sum (rate(cartero_relay_attempts_total[15m])) > 0.2 and sum (rate(cartero_relay_attempts_total[15m])) > 0.1',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of what goes to other servers is refused for good.',
  },
  {
    name: 'GuessesRise',
    expr: 'sum by (protocol) (rate(cartero_log_ins_total{outcome!="accepted"}[10m])) > 5',
    for: '10m',
    severity: 'warning',
    summary: '{{ $value | humanize }} log-ins a second are refused over {{ $labels.protocol }}.',
  },
  {
    name: 'CertificateEnds',
    expr: 'min by (name) (cartero_tls_certificate_expiry_seconds) - time() < 7 * 86400',
    for: '1h',
    severity: 'warning',
    summary: 'The certificate of {{ $labels.name }} ends in {{ $value | humanizeDuration }}.',
  },
];

/** Prometheus' rule file; the same groups are the `spec` of a PrometheusRule. */
export function ruleGroups(): object {
  return {
    groups: [
      {
        name: 'cartero',
        rules: ALERTS.map(({ name, expr, for: wait, severity, summary }) => ({
          alert: name,
          expr,
          for: wait,
          labels: { severity },
          annotations: { summary, runbook: `docs/runbook.md#${name.toLowerCase()}` },
        })),
      },
    ],
  };
}
