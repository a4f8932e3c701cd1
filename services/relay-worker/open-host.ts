import type { Metrics } from '../../shared/runtime/metrics.ts';
import { OpenFailure, OutboundConnection, type OutboundOptions } from './outbound-connection.ts';
import type { Host } from './route.ts';

/**
 * Opportunistic TLS (RFC 7435): a host that offers STARTTLS gets it, whatever its certificate; one whose handshake fails is called again, once, in clear.
 */
export async function openHost(
  host: Host,
  options: Omit<OutboundOptions, 'startTls'>,
  metrics: Metrics,
): Promise<OutboundConnection> {
  const opened = metrics.counter(
    'cartero_relay_connections_total',
    'Outbound connections, by how they began',
    ['result'],
  );
  try {
    const connection = await openWithFallback(host, options, () =>
      opened.inc({ result: 'handshake_failed' }),
    );
    opened.inc({ result: connection.secure ? 'tls' : 'plain' });
    return connection;
  } catch (error) {
    opened.inc({ result: 'failed' });
    throw error;
  }
}

async function openWithFallback(
  host: Host,
  options: Omit<OutboundOptions, 'startTls'>,
  fellBack: () => void,
): Promise<OutboundConnection> {
  try {
    return await OutboundConnection.open(host, { ...options, startTls: true });
  } catch (error) {
    if (!(error instanceof OpenFailure && error.handshake)) throw error;
    fellBack();
    return OutboundConnection.open(host, { ...options, startTls: false });
  }
}
