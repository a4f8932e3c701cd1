import type { Dashboard } from '../dashboard.ts';
import { perSecond, quantile, total } from '../promql.ts';

export const ingress: Dashboard = {
  uid: 'cartero-ingress',
  title: 'Cartero / Ingress',
  rows: [
    {
      title: 'Rate, errors, duration',
      panels: [
        {
          title: 'Messages accepted',
          help: 'Messages committed to the spool, by listener.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: perSecond('cartero_smtp_messages_accepted_total', 'listener'), legend: '{{listener}}' },
          ],
        },
        {
          title: 'Bytes accepted',
          help: 'Octets of accepted messages.',
          kind: 'timeseries',
          unit: 'Bps',
          queries: [
            { expr: perSecond('cartero_smtp_accepted_bytes_total', 'listener'), legend: '{{listener}}' },
          ],
        },
        {
          title: 'Replies',
          help: 'Replies a second by code. 421 and 451 are ours to look into; 550 and 554 are what was refused.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: perSecond('cartero_smtp_replies_total', 'code'), legend: '{{code}}' }],
        },
        {
          title: 'Refused for a while',
          help: 'Replies 4yz by command: the sender tries again. Greylisting, rates, full mailboxes, a database that is away.',
          kind: 'timeseries',
          unit: 'reqps',
          sparse: true,
          queries: [
            {
              expr: perSecond('cartero_smtp_replies_total', 'command, code', 'code=~"4.."'),
              legend: '{{command}} {{code}}',
            },
          ],
        },
        {
          title: 'DATA to 250',
          help: 'From the end of the data to the commit that the 250 rests on.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'cartero_smtp_accept_seconds'), legend: 'p50' },
            { expr: quantile(0.99, 'cartero_smtp_accept_seconds'), legend: 'p99' },
          ],
        },
        {
          title: 'Messages a commit',
          help: 'How many messages share one commit: it rises with load, and so does what one replica takes.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: quantile(0.5, 'cartero_spool_commit_messages'), legend: 'p50' },
            { expr: quantile(0.99, 'cartero_spool_commit_messages'), legend: 'p99' },
          ],
        },
      ],
    },
    {
      title: 'Connections',
      panels: [
        {
          title: 'Open connections',
          help: 'By replica: a load balancer that does its work keeps them alike.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: total('cartero_smtp_connections', 'instance'), legend: '{{instance}}' }],
        },
        {
          title: 'New connections',
          help: 'Taken a second, by listener.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: perSecond('cartero_smtp_connections_total', 'listener'), legend: '{{listener}}' },
          ],
        },
        {
          title: 'Log-ins',
          help: 'AUTH by result. A rise of refused ones is somebody guessing: mailctl log-ins --outcome refused.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            {
              expr: perSecond('cartero_log_ins_total', 'protocol, outcome', 'protocol="smtp"'),
              legend: '{{outcome}}',
            },
          ],
        },
      ],
    },
  ],
};
