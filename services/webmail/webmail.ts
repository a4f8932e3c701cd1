import type { EmailRows } from '../../shared/mailbox/email-rows.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { SearchIndex } from '../../shared/search/search-index.ts';
import type { Uploads } from '../../shared/storage/uploads.ts';
import type { HttpServer } from './http-server.ts';
import type { CountCache } from './jmap/mailbox/count-cache.ts';
import type { Pushes } from './jmap/push/pushes.ts';
import type { EmailResults } from './jmap/query/email-results.ts';
import type { RequestSlots } from './jmap/request-slots.ts';
import type { WebSessions } from './log-in/web-sessions.ts';
import type { WebmailMetrics } from './metrics.ts';

/** What all requests of this replica share. */
export interface Webmail {
  readonly ports: Ports;
  readonly config: Config;
  readonly metrics: WebmailMetrics;
  readonly sessions: WebSessions;
  readonly http: HttpServer;
  readonly emails: EmailRows;
  readonly counts: CountCache;
  readonly results: EmailResults;
  readonly search: SearchIndex;
  readonly uploads: Uploads;
  readonly pushes: Pushes;
  /** JMAP requests and uploads of each account that are worked at. */
  readonly requestSlots: RequestSlots;
  readonly uploadSlots: RequestSlots;
}
