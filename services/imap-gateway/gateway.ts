import type { MessageRows } from '../../shared/mailbox/message-rows.ts';
import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { SearchIndex } from '../../shared/search/search-index.ts';
import type { BytesCache } from './fetch/bytes-cache.ts';
import type { FactsCache } from './fetch/facts-cache.ts';
import type { StructureCache } from './fetch/structure-cache.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { SessionRegistry } from './session-registry.ts';
import type { SharedMailboxes } from './shared-mailboxes.ts';
import type { SortCache } from './sort/sort-cache.ts';
import type { ThreadCache } from './sort/thread-cache.ts';
import type { Ticker } from './ticker.ts';

/** What the sessions of one replica share. */
export interface Gateway {
  readonly ports: Ports;
  readonly config: Config;
  readonly tls: CertificateStore;
  readonly metrics: GatewayMetrics;
  readonly registry: SessionRegistry;
  readonly mailboxes: SharedMailboxes;
  readonly ticker: Ticker;
  readonly structures: StructureCache;
  readonly facts: FactsCache;
  readonly sorts: SortCache;
  readonly threads: ThreadCache;
  readonly bytes: BytesCache;
  readonly rows: MessageRows;
  readonly index: SearchIndex;
}
