import type { Database } from '../../database/port.ts';
import type { Config } from '../../runtime/config.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Listener } from '../listener.ts';
import { Networks } from '../networks.ts';
import { AcmeChallenges } from './challenges.ts';
import { listenForHttp01 } from './http-responder.ts';
import { AcmeRenewal } from './renewal.ts';
import { listenForTlsAlpn01 } from './tls-responder.ts';

const MAX_CONNECTIONS = 200;

export interface AcmePorts {
  readonly database: Database;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Ours, for `*` in ACME_DOMAINS. */
  readonly domains: () => Promise<readonly string[]>;
}

export interface RunningAcme {
  /** undefined: HTTP_PORT answers alone. */
  readonly listener: Listener | undefined;
  stop(): Promise<void>;
}

/** Answers the authority and has certificates issued; undefined: ACME_DIRECTORY is not set. Rejects when it cannot listen. */
export async function startAcme(config: Config, ports: AcmePorts): Promise<RunningAcme | undefined> {
  if (config.acmeDirectory === undefined) return undefined;
  const listener = await listenForChallenges(config, new AcmeChallenges(ports.database));
  const renewal = new AcmeRenewal({ config, ...ports });
  return {
    listener,
    async stop() {
      await renewal.stop();
      await listener?.stop(0);
    },
  };
}

async function listenForChallenges(
  config: Config,
  challenges: AcmeChallenges,
): Promise<Listener | undefined> {
  const { listenHost: host, acmeChallenge, acmeHttpPort, acmeTlsPort, proxyProtocol } = config;
  const common = { host, maxConnections: MAX_CONNECTIONS, proxies: new Networks(proxyProtocol) };
  if (acmeChallenge === 'tls-alpn-01')
    return listenForTlsAlpn01(challenges, { ...common, port: acmeTlsPort });
  if (acmeHttpPort === config.ports.http && acmeHttpPort !== 0) return undefined;
  return listenForHttp01(challenges, { ...common, port: acmeHttpPort });
}
