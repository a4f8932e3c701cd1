import type { Dashboard } from '../dashboard.ts';
import { largest, perSecond, quantile, total } from '../promql.ts';

export const relay: Dashboard = {
  uid: 'cartero-relay',
  title: 'Cartero / Relay',
  rows: [
    {
      title: 'Mail to other servers',
      panels: [
        {
          title: 'Attempts',
          help: 'By what came of them. Single destinations are in no metric (there may be millions): mailctl queue list.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: perSecond('cartero_relay_attempts_total', 'result'), legend: '{{result}}' }],
        },
        {
          title: 'Accepted to delivered',
          help: 'Of what was delivered: how long it took, waits and retries included.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'cartero_relay_delivery_seconds'), legend: 'p50' },
            { expr: quantile(0.99, 'cartero_relay_delivery_seconds'), legend: 'p99' },
          ],
        },
        {
          title: 'Waiting',
          help: 'Entries that wait, those put off included.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: largest('cartero_spool_entries', '', 'kind="remote"'), legend: 'entries' }],
        },
        {
          title: 'Outcome unknown',
          help: 'Connections lost between the dot and the reply: the remote may get those messages twice.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: perSecond('cartero_relay_uncertain_total'), legend: 'uncertain' }],
        },
        {
          title: 'Reports to senders',
          help: 'DSNs by action. A rise of `failed` after a mailing is a stale list, or a block.',
          kind: 'timeseries',
          unit: 'reqps',
          sparse: true,
          queries: [{ expr: perSecond('cartero_relay_dsns_total', 'action'), legend: '{{action}}' }],
        },
      ],
    },
    {
      title: 'Connections',
      panels: [
        {
          title: 'Connections begun',
          help: 'By how they began.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: perSecond('cartero_relay_connections_total', 'result'), legend: '{{result}}' }],
        },
        {
          title: 'TLS',
          sparse: true,
          help: 'Where the destination says what TLS has to be (DANE, MTA-STS): whether it was.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            {
              expr: perSecond('cartero_relay_tls_policy_total', 'policy, result'),
              legend: '{{policy}} {{result}}',
            },
          ],
        },
        {
          title: 'Destinations under way',
          help: 'By replica.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: total('cartero_relay_destinations', 'instance'), legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
