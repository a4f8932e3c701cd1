import type { Dashboard } from '../dashboard.ts';
import { perSecond, quantile, total } from '../promql.ts';

export const mailboxActors: Dashboard = {
  uid: 'cartero-mailbox-actors',
  title: 'Cartero / Mailbox actors',
  rows: [
    {
      title: 'Where they live',
      panels: [
        {
          title: 'Partitions held',
          help: '256 a kind over all replicas. A sum below that for longer than the lease: nobody serves those accounts.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: total('cartero_lease_partitions', 'kind, instance'), legend: '{{kind}} {{instance}}' },
          ],
        },
        {
          title: 'Leases that changed hands',
          help: 'Partitions that came, went, or were taken away, a second.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: perSecond('cartero_lease_changes_total', 'kind, change'), legend: '{{kind}} {{change}}' },
          ],
        },
        {
          title: 'Active actors',
          help: 'Accounts with a turn within the last five minutes, by replica.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: total('cartero_mailbox_actors', 'instance'), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'What they do',
      panels: [
        {
          title: 'Requests',
          help: 'Requests a second, by verb.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: perSecond('cartero_mailbox_requests_total', 'verb'), legend: '{{verb}}' }],
        },
        {
          title: 'Unavailable',
          help: 'Requests answered by a temporary error. Well: none but for a moment while leases move.',
          kind: 'timeseries',
          unit: 'reqps',
          sparse: true,
          queries: [
            {
              expr: perSecond('cartero_mailbox_requests_total', 'verb', 'outcome="unavailable"'),
              legend: '{{verb}}',
            },
          ],
        },
        {
          title: 'Turns',
          help: 'From request to reply, 99 % of each verb.',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'cartero_mailbox_turn_seconds', 'verb'), legend: '{{verb}}' }],
        },
        {
          title: 'Group commits',
          help: 'How long they take, and how much goes into one.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'cartero_store_commit_seconds', 'kind'), legend: '{{kind}} p50' },
            { expr: quantile(0.99, 'cartero_store_commit_seconds', 'kind'), legend: '{{kind}} p99' },
          ],
        },
        {
          title: 'Items a commit',
          help: 'Turns or deliveries that share one commit.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: quantile(0.9, 'cartero_store_commit_items', 'kind'), legend: '{{kind}} p90' }],
        },
        {
          title: 'Search index',
          help: 'Messages indexed a second, and accounts whose new mail is not indexed yet (it is scanned until then).',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: perSecond('cartero_search_indexed_total'), legend: 'indexed a second' },
            { expr: total('cartero_search_index_accounts'), legend: 'accounts behind' },
          ],
        },
      ],
    },
  ],
};
