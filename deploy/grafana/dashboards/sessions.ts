import type { Dashboard } from '../dashboard.ts';
import { perSecond, quantile, total } from '../promql.ts';

export const sessions: Dashboard = {
  uid: 'cartero-sessions',
  title: 'Cartero / IMAP, POP3 and web sessions',
  rows: [
    {
      title: 'IMAP',
      panels: [
        {
          title: 'Connections',
          help: 'By gateway.',
          kind: 'timeseries',
          unit: 'short',
          width: 4,
          queries: [{ expr: total('cartero_imap_sessions', 'instance'), legend: '{{instance}}' }],
        },
        {
          title: 'Commands',
          help: 'Commands a second.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 4,
          queries: [{ expr: perSecond('cartero_imap_commands_total', 'command'), legend: '{{command}}' }],
        },
        {
          title: 'NO and BAD',
          help: 'Commands that were refused, by status.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 4,
          sparse: true,
          queries: [
            {
              expr: perSecond('cartero_imap_commands_total', 'command, status', 'status!="ok"'),
              legend: '{{command}} {{status}}',
            },
          ],
        },
        {
          title: 'Duration',
          help: 'From a command to its tagged response, 99 %.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.99, 'cartero_imap_command_seconds', 'command'), legend: '{{command}}' },
          ],
        },
        {
          title: 'Arrival to EXISTS',
          help: 'How soon a client that idles hears of new mail. Points are traces.',
          kind: 'timeseries',
          unit: 's',
          warn: 0.1,
          alarm: 1,
          queries: [
            { expr: quantile(0.5, 'cartero_imap_push_seconds'), legend: 'p50' },
            { expr: quantile(0.99, 'cartero_imap_push_seconds'), legend: 'p99' },
          ],
        },
        {
          title: 'Bytes fetched',
          help: 'Bytes of messages sent by FETCH.',
          kind: 'timeseries',
          unit: 'Bps',
          queries: [
            { expr: perSecond('cartero_imap_fetched_bytes_total', 'instance'), legend: '{{instance}}' },
          ],
        },
      ],
    },
    {
      title: 'POP3',
      panels: [
        {
          title: 'Connections',
          help: 'By gateway.',
          kind: 'timeseries',
          unit: 'short',
          width: 4,
          queries: [{ expr: total('cartero_pop3_connections', 'instance'), legend: '{{instance}}' }],
        },
        {
          title: 'Commands',
          help: 'Commands a second.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 4,
          queries: [{ expr: perSecond('cartero_pop3_commands_total', 'command'), legend: '{{command}}' }],
        },
        {
          title: 'Duration',
          help: 'From a command to its reply, 99 %.',
          kind: 'timeseries',
          unit: 's',
          width: 4,
          queries: [
            { expr: quantile(0.99, 'cartero_pop3_command_seconds', 'command'), legend: '{{command}}' },
          ],
        },
      ],
    },
    {
      title: 'Web',
      panels: [
        {
          title: 'Requests',
          help: 'HTTP requests a second, by status.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 4,
          queries: [{ expr: perSecond('cartero_webmail_requests_total', 'status'), legend: '{{status}}' }],
        },
        {
          title: 'JMAP calls',
          help: 'Method calls a second.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 4,
          queries: [{ expr: perSecond('cartero_jmap_calls_total', 'method'), legend: '{{method}}' }],
        },
        {
          title: 'Duration of JMAP calls',
          help: '99 % of each method.',
          kind: 'timeseries',
          unit: 's',
          width: 4,
          queries: [{ expr: quantile(0.99, 'cartero_jmap_call_seconds', 'method'), legend: '{{method}}' }],
        },
      ],
    },
    {
      title: 'Log-ins',
      panels: [
        {
          title: 'By protocol and outcome',
          help: 'Accepted, refused, throttled.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: perSecond('cartero_log_ins_total', 'protocol, outcome'),
              legend: '{{protocol}} {{outcome}}',
            },
          ],
        },
      ],
    },
  ],
};
