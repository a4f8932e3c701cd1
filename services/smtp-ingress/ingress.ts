import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import type { Networks } from '../../shared/net/networks.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { Load } from './load.ts';
import type { IngressMetrics } from './metrics.ts';
import type { Policy } from './policy.ts';

/** - `smtp`: other servers (MX) · `submission`, `submissions`: our own people (RFC 6409, 8314) · `lmtp`: RFC 2033 */
export type ListenerName = 'smtp' | 'submission' | 'submissions' | 'lmtp';

/** What all sessions of the service share. */
export interface Ingress {
  readonly ports: Ports;
  readonly config: Config;
  readonly tls: CertificateStore;
  readonly metrics: IngressMetrics;
  readonly policy: Policy;
  readonly load: Load;
  /** Of proxies who may say for whom they speak (XCLIENT). */
  readonly xclientNetworks: Networks;
}

/** Those who log in there may send anywhere, as themselves. */
export function isSubmission(listener: ListenerName): boolean {
  return listener === 'submission' || listener === 'submissions';
}
