import type { Metrics } from '../../shared/runtime/metrics.ts';
import { temporary } from './condition.ts';
import { OpenFailure } from './open-failure.ts';
import { OutboundConnection, type OutboundOptions } from './outbound-connection.ts';
import type { Host } from './route.ts';
import { byRoute, type ReportedPolicy, type TlsProblem, type TlsRequirement } from './tls/requirement.ts';
import { remoteOf, type TlsPolicy } from './tls/tls-policy.ts';

/** How a session's TLS began, for the reports that others want (RFC 8460). */
export interface TlsSession {
  readonly policy: ReportedPolicy;
  /** null: it was as it had to be. */
  readonly problem: TlsProblem | null;
  readonly mx: string;
  readonly address: string;
  /** Ours; undefined: it never came to a connection. */
  readonly localAddress?: string;
}

/** `lax`: whatever policies say of TLS. */
export type Opener = (host: Host, lax?: boolean) => Promise<OutboundConnection>;

export interface OpenerOptions extends Omit<OutboundOptions, 'startTls' | 'requirement'> {
  readonly policy?: TlsPolicy;
  readonly metrics: Metrics;
  readonly session?: (session: TlsSession) => void;
}

/**
 * Connections with the TLS that a host's policy asks for. Without a policy, opportunistic TLS (RFC 7435): a host that offers STARTTLS gets
 * it, whatever its certificate; one whose handshake fails is called again, once, in clear.
 */
export function createOpener({ policy, metrics, session, ...options }: OpenerOptions): Opener {
  const opened = metrics.counter(
    'cartero_relay_connections_total',
    'Outbound connections, by how they began',
    ['result'],
  );
  const policies = metrics.counter(
    'cartero_relay_tls_policy_total',
    'Outbound connections by what their TLS had to be, and whether it was',
    ['policy', 'result'],
  );
  const told = (
    host: Host,
    requirement: TlsRequirement | undefined,
    problem: TlsProblem | null,
    localAddress: string | undefined,
  ): void => {
    if (!requirement) return;
    policies.inc({ policy: requirement.name, result: problem?.type ?? 'success' });
    if (!requirement.reported) return;
    const { name: mx, address } = host;
    session?.({ policy: requirement.reported, problem, mx, address, localAddress });
  };
  return async (host, lax = false) => {
    try {
      const requirement = asksForTls(host) ? byRoute(host.name) : lax ? undefined : await policy?.(host);
      const connection = await open(host, { ...options, requirement }, (failure) => {
        if (failure.handshake) opened.inc({ result: 'handshake_failed' });
        if (failure.problem) told(host, requirement, failure.problem, failure.localAddress);
      });
      opened.inc({ result: connection.secure ? 'tls' : 'plain' });
      if (connection.secure || connection.problem)
        told(connection.host, requirement, connection.problem, connection.localAddress);
      return connection;
    } catch (error) {
      opened.inc({ result: 'failed' });
      throw error;
    }
  };
}

async function open(
  host: Host,
  options: Omit<OutboundOptions, 'startTls'>,
  failed: (failure: OpenFailure) => void,
): Promise<OutboundConnection> {
  const { requirement } = options;
  try {
    if (requirement?.excluded && requirement.binding) throw excluded(host, requirement.excluded);
    const connection = await OutboundConnection.open(host, { ...options, startTls: true });
    if (requirement?.excluded) connection.problem = requirement.excluded;
    return connection;
  } catch (error) {
    if (!(error instanceof OpenFailure)) throw error;
    failed(error);
    if (!error.handshake) throw error;
    const clear = await OutboundConnection.open(host, { ...options, startTls: false });
    // Told already.
    clear.problem = null;
    return clear;
  }
}

function asksForTls({ tls = 'opportunistic' }: Host): boolean {
  return tls !== 'opportunistic';
}

function excluded(host: Host, problem: TlsProblem): OpenFailure {
  const text = `${host.name} gets no mail: ${problem.text}`;
  return new OpenFailure(temporary('4.7.5', text, remoteOf(host)), { problem });
}
