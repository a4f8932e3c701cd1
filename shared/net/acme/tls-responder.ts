import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer, type SecureContext } from 'node:tls';
import type { Listener, ListenOptions } from '../listener.ts';
import type { AcmeChallenges } from './challenges.ts';

/** RFC 8737 §3. */
const PROTOCOL = 'acme-tls/1';
const HANDSHAKE_MS = 10_000;

/** TLS whose handshake is the answer to tls-alpn-01, and nothing follows it. */
export function listenForTlsAlpn01(
  challenges: AcmeChallenges,
  { host, port, maxConnections }: Pick<ListenOptions, 'host' | 'port' | 'maxConnections'>,
): Promise<Listener> {
  const server = createServer(
    {
      ALPNProtocols: [PROTOCOL],
      handshakeTimeout: HANDSHAKE_MS,
      SNICallback: (name, done) => {
        contextFor(challenges, name).then((context) => done(null, context), done);
      },
    },
    (socket) => socket.end(),
  );
  server.maxConnections = maxConnections;
  server.on('tlsClientError', () => {});
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen({ host, port }, () =>
      resolve({ host, port: (server.address() as AddressInfo).port, connections: 0, stop }),
    );
  });
}

async function contextFor(challenges: AcmeChallenges, name: string): Promise<SecureContext> {
  const pem = await challenges.byDomain(name.toLowerCase());
  if (pem === undefined) throw new Error('no challenge is open for that name');
  return createSecureContext({ cert: pem, key: pem });
}
