import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Pop3Session } from './session.ts';

/** What the sessions of one replica share. */
export interface Gateway {
  readonly ports: Ports;
  readonly config: Config;
  readonly tls: CertificateStore;
  readonly metrics: GatewayMetrics;
  /** By session id: all that are connected, for a kick. */
  readonly sessions: Map<string, Pop3Session>;
}
