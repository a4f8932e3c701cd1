import type { Dashboard } from '../dashboard.ts';
import { largest, perSecond, quantile, total } from '../promql.ts';

export const servers: Dashboard = {
  uid: 'cartero-servers',
  title: 'Cartero / Postgres, NATS and Redis as we see them',
  rows: [
    {
      title: 'Can they be reached?',
      panels: [
        {
          title: 'Replicas that reach them',
          help: 'How many of our processes reach each server. Without Postgres: 451 and NO [UNAVAILABLE]. Without NATS: mail waits. Without Redis: limits degrade.',
          kind: 'timeseries',
          unit: 'short',
          width: 12,
          queries: [{ expr: total('cartero_server_connected', 'server'), legend: '{{server}}' }],
        },
      ],
    },
    {
      title: 'Postgres',
      panels: [
        {
          title: 'Calls',
          help: 'Statements and transactions a second, by service.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: perSecond('cartero_database_call_seconds_count', 'service'), legend: '{{service}}' },
          ],
        },
        {
          title: 'Duration',
          help: 'From call to result, the wait for a connection included, 99 %.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.99, 'cartero_database_call_seconds', 'service'), legend: '{{service}}' },
          ],
        },
        {
          title: 'Connections',
          help: 'Connections that our processes have open.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: total('cartero_database_connections', 'service', 'state="open"'), legend: '{{service}}' },
          ],
        },
        {
          title: 'Calls that wait for a connection',
          help: 'For long above none: the pool of that service is too small, or Postgres too slow.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            {
              expr: largest('cartero_database_connections', 'service', 'state="waiting"'),
              legend: '{{service}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Our processes',
      panels: [
        {
          title: 'Event loop lag',
          help: 'The 99 % of the delay of a process’ event loop: a busy one answers late.',
          kind: 'timeseries',
          unit: 's',
          warn: 0.05,
          alarm: 0.5,
          queries: [{ expr: largest('nodejs_eventloop_lag_p99_seconds', 'service'), legend: '{{service}}' }],
        },
        {
          title: 'Heap',
          help: 'JavaScript heap in use by the largest process of each service.',
          kind: 'timeseries',
          unit: 'bytes',
          queries: [{ expr: largest('nodejs_heap_size_used_bytes', 'service'), legend: '{{service}}' }],
        },
        {
          title: 'Certificates end in',
          help: 'The soonest end of a certificate in use.',
          kind: 'stat',
          unit: 's',
          queries: [
            {
              expr: 'min (cartero_tls_certificate_expiry_seconds{namespace=~"$namespace"}) - time()',
              legend: 'left',
            },
          ],
        },
      ],
    },
  ],
};
