import type { Dashboard } from './dashboard.ts';
import { delivery } from './dashboards/delivery.ts';
import { ingress } from './dashboards/ingress.ts';
import { mailboxActors } from './dashboards/mailbox-actors.ts';
import { overview } from './dashboards/overview.ts';
import { relay } from './dashboards/relay.ts';
import { servers } from './dashboards/servers.ts';
import { sessions } from './dashboards/sessions.ts';

export const DASHBOARDS: readonly Dashboard[] = [
  overview,
  ingress,
  delivery,
  mailboxActors,
  sessions,
  relay,
  servers,
];
