import { listDomains } from '../../shared/account/list-domains.ts';
import { type RunningAcme, startAcme } from '../../shared/net/acme/start.ts';
import type { Connection } from '../../shared/net/connection.ts';
import { drive } from '../../shared/net/drive.ts';
import { type Listener, listen } from '../../shared/net/listener.ts';
import { Networks } from '../../shared/net/networks.ts';
import { openCertificates } from '../../shared/net/tls.ts';
import { SmtpServer } from '../../shared/protocol/smtp/server.ts';
import type { Ports, Running, StartService } from '../../shared/runtime/service.ts';
import { authOnListener } from './auth-offered.ts';
import { type Ingress, isSubmission, type ListenerName } from './ingress.ts';
import { IDLE_MS, MAX_TRANSACTIONS } from './limits.ts';
import { Load } from './load.ts';
import { listenForManageSieve } from './managesieve/listener.ts';
import { ingressMetrics } from './metrics.ts';
import { chosenPolicies } from './policies/chosen.ts';
import { refusals } from './refusals.ts';
import { IngressSession } from './session.ts';

const LISTENERS: readonly ListenerName[] = ['smtp', 'submission', 'submissions', 'lmtp'];

/** Mail comes in: MX, submission, submissions and LMTP. And ManageSieve: how it is to be filed. */
export const start: StartService = async (ports, config) => {
  const tls = await openCertificates(config, ports);
  const metrics = ingressMetrics(ports.metrics);
  const ingress: Ingress = {
    ports,
    config,
    tls,
    metrics,
    load: new Load(config.intakeMemory, ports.metrics),
    policy: chosenPolicies(ports, config, metrics),
    xclientNetworks: new Networks(config.xclientNetworks),
  };
  const listeners = new Map<ListenerName | 'managesieve' | 'acme', Listener>();
  let acme: RunningAcme | undefined;
  try {
    for (const name of LISTENERS) listeners.set(name, await listenFor(ingress, name));
    listeners.set('managesieve', await listenForManageSieve(ingress));
    const domains = async () => (await listDomains(ports.database)).map(({ name }) => name);
    acme = await startAcme(config, { ...ports, domains });
    if (acme?.listener !== undefined) listeners.set('acme', acme.listener);
  } catch (error) {
    tls.close();
    await stopAll(listeners, 0);
    throw error;
  }
  return running(ports, listeners, async () => {
    tls.close();
    await acme?.stop();
  });
};

function listenFor(ingress: Ingress, name: ListenerName): Promise<Listener> {
  const { config, tls } = ingress;
  return listen(
    {
      host: config.listenHost,
      port: config.ports[name],
      tls: name === 'submissions' ? tls : undefined,
      maxConnections: config.maxConnections,
      proxies: new Networks(config.proxyProtocol),
      refusal: refusals.tooManyConnections.bytes,
    },
    (connection) => serve(ingress, name, connection),
  );
}

function serve(ingress: Ingress, name: ListenerName, connection: Connection): void {
  const { config, metrics, ports } = ingress;
  const logIns = ports.logIns.of('smtp', connection);
  const engine = new SmtpServer({
    hostname: config.hostname,
    protocol: name === 'lmtp' ? 'lmtp' : 'smtp',
    maxMessageBytes: config.maxMessageBytes,
    maxRecipients: config.maxRecipients,
    maxRecipientDomains: config.maxRecipients,
    maxTransactions: MAX_TRANSACTIONS,
    maxErrors: config.sessionErrors,
    maxRefusedRecipients: Math.floor(config.sessionErrors / 2),
    askConnect: true,
    verify: config.vrfy === 'always' || (config.vrfy === 'authenticated' && isSubmission(name)),
    expand: config.expn === 'authenticated' && isSubmission(name),
    startQueue: config.etrn === 'authenticated' && isSubmission(name),
    futureRelease:
      isSubmission(name) && config.futureReleaseMs > 0
        ? { maxSeconds: Math.floor(config.futureReleaseMs / 1_000), now: () => ports.database.now() }
        : undefined,
    xclient: ingress.xclientNetworks.contains(connection.remoteAddress),
    startTls: true,
    secure: connection.secure !== null,
    auth: authOnListener(name, connection, config.plaintextAuth),
    sasl: () => logIns.offer(),
    observe: (command, code) => metrics.replies.inc({ command, code }),
  });
  drive(connection, engine, (drive) => new IngressSession(ingress, name, engine, drive, logIns), {
    idleTimeoutMs: IDLE_MS,
    failed: (error) => ports.log.error({ err: error }, 'closing an smtp session failed'),
  });
}

function running(ports: Ports, listeners: ReadonlyMap<string, Listener>, release: () => void): Running {
  let stopped: Promise<void> | undefined;
  return {
    addresses: Object.fromEntries(Array.from(listeners, ([name, { host, port }]) => [name, { host, port }])),
    notReady: () => [
      ...(ports.bus.connected ? [] : ['bus']),
      ...(ports.database.connected ? [] : ['database']),
    ],
    stop: (graceMs) => {
      stopped ??= stopAll(listeners, graceMs).finally(release);
      return stopped;
    },
  };
}

async function stopAll(listeners: ReadonlyMap<string, Listener>, graceMs: number): Promise<void> {
  await Promise.all(Array.from(listeners.values(), (listener) => listener.stop(graceMs)));
}
