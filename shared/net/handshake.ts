/** TLS over a socket that is already open: implicit TLS and STARTTLS, both sides. At least TLS 1.2 (RFC 8996). */
import { isIP, type Socket } from 'node:net';
import { type SecureContext, TLSSocket, connect as tlsConnect } from 'node:tls';

export const MIN_TLS = 'TLSv1.2';

/** A handshake is three packets each way; more time than this is no client. */
export const HANDSHAKE_MS = 30_000;

/** Where the server's side of a handshake takes its certificate from. */
export interface ServerTls {
  /** For a client that names no host, or none of ours. */
  readonly secureContext: SecureContext;
  /** By the name that the client asks for (RFC 6066 §3). */
  contextFor?(servername: string): SecureContext | undefined;
  /** The client is asked for a certificate, and may go on without one. */
  readonly requestCert?: boolean;
}

function established(
  socket: TLSSocket,
  event: 'secure' | 'secureConnect',
  timeoutMs: number,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      socket.off(event, succeed);
      socket.off('close', closed);
      socket.off('_tlsError', fail);
      socket.off('error', fail);
      outcome();
    };
    const fail = (error: Error) =>
      settle(() => {
        socket.on('error', () => {});
        socket.destroy();
        reject(error);
      });
    const closed = () => fail(new Error('the connection closed during the TLS handshake'));
    const succeed = () => settle(() => resolve(socket));
    const timer = setTimeout(() => fail(new Error(`no TLS handshake within ${timeoutMs} ms`)), timeoutMs);
    socket.once(event, succeed);
    socket.once('close', closed);
    socket.once('_tlsError', fail);
    socket.once('error', fail);
  });
}

export async function serverHandshake(
  socket: Socket,
  tls: ServerTls,
  timeoutMs = HANDSHAKE_MS,
): Promise<TLSSocket> {
  const secured = await established(
    new TLSSocket(socket, {
      isServer: true,
      secureContext: tls.secureContext,
      SNICallback: (servername, done) => done(null, tls.contextFor?.(servername)),
      ...(tls.requestCert ? { requestCert: true, rejectUnauthorized: false } : {}),
    }),
    'secure',
    timeoutMs,
  );
  // Node reports a broken record of a socket without a tls.Server only here, and would leave it open.
  secured.on('_tlsError', (error: Error) => secured.destroy(error));
  return secured;
}

export interface ClientTls {
  /** Asked for by SNI, and what the certificate must be for. */
  readonly servername: string;
  readonly rejectUnauthorized: boolean;
  /** Whose certificates are taken; without it those that Node trusts. */
  readonly secureContext?: SecureContext;
}

export function clientHandshake(
  socket: Socket,
  options: ClientTls,
  timeoutMs = HANDSHAKE_MS,
): Promise<TLSSocket> {
  const secured = tlsConnect({
    socket,
    // RFC 6066 §3: an address is not a name.
    ...(isIP(options.servername) ? { host: options.servername } : { servername: options.servername }),
    rejectUnauthorized: options.rejectUnauthorized,
    secureContext: options.secureContext,
    minVersion: MIN_TLS,
  });
  return established(secured, 'secureConnect', timeoutMs);
}
