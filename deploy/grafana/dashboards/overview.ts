import type { Dashboard } from '../dashboard.ts';
import { largest, partAbove, perSecond, quantile, total } from '../promql.ts';
import { DELIVERY_SLO } from '../slo.ts';

const burn = (range: string): string =>
  `(${partAbove(DELIVERY_SLO.bound, DELIVERY_SLO.histogram, range)}) / ${DELIVERY_SLO.budget}`;

export const overview: Dashboard = {
  uid: 'cartero-overview',
  title: 'Cartero / Overview',
  rows: [
    {
      title: 'What was promised',
      panels: [
        {
          title: 'In the mailbox within 5 s',
          help: 'Part of the accepted messages that were in their mailbox within 5 s, over the last hour. Promised: 99.9 %.',
          kind: 'stat',
          unit: 'percentunit',
          width: 3,
          queries: [
            {
              expr: `1 - (${partAbove(DELIVERY_SLO.bound, DELIVERY_SLO.histogram, '1h')})`,
              legend: 'in time',
            },
          ],
        },
        {
          title: 'Burn rate',
          help: 'How many times faster than allowed the error budget of 30 days goes: 1 lasts 30 days, 14.4 two days.',
          kind: 'stat',
          unit: 'short',
          width: 3,
          warn: 1,
          alarm: 14.4,
          queries: [
            { expr: burn('5m'), legend: '5 min' },
            { expr: burn('1h'), legend: '1 h' },
          ],
        },
        {
          title: 'Oldest mail for a mailbox',
          help: 'How long the oldest accepted message waits for its mailbox. Above some seconds: see Delivery & queue.',
          kind: 'stat',
          unit: 's',
          width: 3,
          warn: 5,
          alarm: 60,
          queries: [{ expr: largest('cartero_spool_oldest_seconds', '', 'kind="local"'), legend: 'local' }],
        },
        {
          title: 'Mail for other servers',
          help: 'Entries that wait for other servers, those that are put off included.',
          kind: 'stat',
          unit: 'short',
          width: 3,
          queries: [{ expr: largest('cartero_spool_entries', '', 'kind="remote"'), legend: 'remote' }],
        },
      ],
    },
    {
      title: 'Mail',
      panels: [
        {
          title: 'Messages a second',
          help: 'Accepted, put into mailboxes, delivered to other servers.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: perSecond('cartero_smtp_messages_accepted_total'), legend: 'accepted' },
            { expr: perSecond('cartero_messages_delivered_total'), legend: 'into mailboxes' },
            {
              expr: perSecond('cartero_relay_attempts_total', '', 'result="delivered"'),
              legend: 'to other servers',
            },
          ],
        },
        {
          title: 'How long it takes',
          help: 'From arrival to mailbox, and to the client that idles (median and 99 %). Points are traces.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'cartero_delivery_seconds'), legend: 'mailbox p50' },
            { expr: quantile(0.99, 'cartero_delivery_seconds'), legend: 'mailbox p99' },
            { expr: quantile(0.5, 'cartero_imap_push_seconds'), legend: 'pushed p50' },
            { expr: quantile(0.99, 'cartero_imap_push_seconds'), legend: 'pushed p99' },
          ],
        },
        {
          title: 'Sessions',
          help: 'Connections that are open.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: total('cartero_smtp_connections', 'listener'), legend: '{{listener}}' },
            { expr: total('cartero_imap_sessions'), legend: 'imap' },
            { expr: total('cartero_pop3_connections'), legend: 'pop3' },
            { expr: total('cartero_webmail_push_connections'), legend: 'web push' },
          ],
        },
        {
          title: 'Failures a second',
          help: 'Commands that failed for no expected reason: each has a log line with its cause. Well: none.',
          kind: 'timeseries',
          unit: 'reqps',
          alarm: 0.1,
          queries: [
            { expr: perSecond('cartero_smtp_failures_total'), legend: 'smtp' },
            { expr: perSecond('cartero_imap_failures_total'), legend: 'imap' },
            { expr: perSecond('cartero_pop3_failures_total'), legend: 'pop3' },
            { expr: perSecond('cartero_webmail_failures_total'), legend: 'web' },
          ],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'Replicas',
          help: 'Processes that answer Prometheus, by service.',
          kind: 'timeseries',
          unit: 'short',
          width: 4,
          queries: [
            {
              expr: 'count by (service) (cartero_server_connected{namespace=~"$namespace",server="database"})',
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'CPU',
          help: 'Cores in use, by service.',
          kind: 'timeseries',
          unit: 'short',
          width: 4,
          queries: [{ expr: perSecond('process_cpu_seconds_total', 'service'), legend: '{{service}}' }],
        },
        {
          title: 'Memory',
          help: 'Resident memory of the largest process of each service.',
          kind: 'timeseries',
          unit: 'bytes',
          width: 4,
          queries: [{ expr: largest('process_resident_memory_bytes', 'service'), legend: '{{service}}' }],
        },
      ],
    },
  ],
};
