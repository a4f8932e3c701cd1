import type { Dashboard } from '../dashboard.ts';
import { largest, perSecond, quantile } from '../promql.ts';

export const delivery: Dashboard = {
  uid: 'cartero-delivery',
  title: 'Cartero / Delivery & queue',
  rows: [
    {
      title: 'The spool',
      panels: [
        {
          title: 'Entries that wait',
          help: 'local: for a mailbox, near none; remote: for other servers.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: largest('cartero_spool_entries', 'kind'), legend: '{{kind}}' }],
        },
        {
          title: 'Age of the oldest',
          help: 'local above a few seconds: no store holds its partition, or the database is slow. remote: what is put off.',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: largest('cartero_spool_oldest_seconds', 'kind'), legend: '{{kind}}' }],
        },
        {
          title: 'Commit of the spool',
          help: 'How long the commit of a batch takes: what every 250 waits for.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'cartero_spool_commit_seconds'), legend: 'p50' },
            { expr: quantile(0.99, 'cartero_spool_commit_seconds'), legend: 'p99' },
          ],
        },
      ],
    },
    {
      title: 'Into mailboxes',
      panels: [
        {
          title: 'Delivered',
          help: 'Messages put into mailboxes, by replica.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: perSecond('cartero_messages_delivered_total', 'instance'), legend: '{{instance}}' },
          ],
        },
        {
          title: 'Arrival to mailbox',
          help: 'From the first octet to the mailbox. Points are traces.',
          kind: 'timeseries',
          unit: 's',
          warn: 1,
          alarm: 5,
          queries: [
            { expr: quantile(0.5, 'cartero_delivery_seconds'), legend: 'p50' },
            { expr: quantile(0.9, 'cartero_delivery_seconds'), legend: 'p90' },
            { expr: quantile(0.99, 'cartero_delivery_seconds'), legend: 'p99' },
          ],
        },
        {
          title: 'Scripts that failed',
          help: 'Sieve scripts that failed while they ran: the mail was delivered without them.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: perSecond('cartero_sieve_failures_total'), legend: 'failed' }],
        },
        {
          title: 'Cleared away',
          help: 'What housekeeping removed, by job.',
          kind: 'timeseries',
          unit: 'reqps',
          sparse: true,
          queries: [{ expr: perSecond('cartero_housekeeping_items_total', 'job'), legend: '{{job}}' }],
        },
      ],
    },
  ],
};
