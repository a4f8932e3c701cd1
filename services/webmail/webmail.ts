import type { Config } from '../../shared/runtime/config.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { HttpServer } from './http-server.ts';
import type { WebSessions } from './log-in/web-sessions.ts';
import type { WebmailMetrics } from './metrics.ts';

/** What all requests of this replica share. */
export interface Webmail {
  readonly ports: Ports;
  readonly config: Config;
  readonly metrics: WebmailMetrics;
  readonly sessions: WebSessions;
  readonly http: HttpServer;
}
