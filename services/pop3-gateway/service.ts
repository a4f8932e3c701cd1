import type { CertificateStore } from '../../shared/net/certificate-store.ts';
import type { Connection } from '../../shared/net/connection.ts';
import { drive } from '../../shared/net/drive.ts';
import { type Listener, listen } from '../../shared/net/listener.ts';
import { Networks } from '../../shared/net/networks.ts';
import { openCertificates } from '../../shared/net/tls.ts';
import { Pop3Engine } from '../../shared/protocol/pop3/engine.ts';
import type { Ports, Running, StartService } from '../../shared/runtime/service.ts';
import type { Gateway } from './gateway.ts';
import { receiveKicks } from './kick.ts';
import { AUTOLOGOUT_MS } from './limits.ts';
import { gatewayMetrics } from './metrics.ts';
import { Pop3Session } from './session.ts';

const TOO_MANY = Buffer.from('-ERR [SYS/TEMP] too many connections, try again later\r\n');

/** POP3 (STLS) and POP3S. */
export const start: StartService = async (ports, config) => {
  const tls = await openCertificates(config, ports);
  const metrics = gatewayMetrics(ports.metrics);
  const gateway: Gateway = { ports, config, tls, metrics, sessions: new Map() };
  const kicks = await receiveKicks(gateway);
  const pop3 = await listenFor(gateway, config.ports.pop3);
  const pop3s = await listenFor(gateway, config.ports.pop3s, tls).catch(async (error) => {
    await pop3.stop(0);
    throw error;
  });
  return running(ports, { pop3, pop3s }, () => {
    tls.close();
    return kicks.unsubscribe();
  });
};

function listenFor(gateway: Gateway, port: number, tls?: CertificateStore): Promise<Listener> {
  const { config } = gateway;
  return listen(
    {
      host: config.listenHost,
      port,
      tls,
      maxConnections: config.maxConnections,
      proxies: new Networks(config.proxyProtocol),
      refusal: TOO_MANY,
    },
    (connection) => serve(gateway, connection),
  );
}

function serve(gateway: Gateway, connection: Connection): void {
  const engine = new Pop3Engine();
  drive(connection, engine, (drive) => new Pop3Session(gateway, engine, drive), {
    idleTimeoutMs: AUTOLOGOUT_MS,
  });
}

function running(ports: Ports, listeners: Record<string, Listener>, release: () => Promise<void>): Running {
  let stopped: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    await Promise.all(Object.values(listeners).map((listener) => listener.stop(graceMs)));
    await release();
  };
  return {
    addresses: Object.fromEntries(
      Object.entries(listeners).map(([name, { host, port }]) => [name, { host, port }]),
    ),
    notReady: () => [
      ...(ports.bus.connected ? [] : ['bus']),
      ...(ports.database.connected ? [] : ['database']),
    ],
    stop: (graceMs) => {
      stopped ??= stop(graceMs);
      return stopped;
    },
  };
}
