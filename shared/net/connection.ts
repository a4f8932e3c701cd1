/** One TCP connection, plain or TLS; `drive.ts` runs a protocol over it. */
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { channelBinding } from './channel-binding.ts';
import { clientCertificateAddresses } from './client-certificate.ts';
import { type ClientTls, clientHandshake } from './handshake.ts';
import { reachFirst } from './happy-eyeballs.ts';
import { networkOf } from './networks.ts';

/** How often TCP asks a silent peer whether it is still there; below the idle time-outs of common NATs. */
export const KEEPALIVE_MS = 120_000;

export interface Secure {
  /** `TLSv1.2`, `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  /** What the client asked for by SNI. */
  readonly servername?: string;
  /** The peer showed a certificate that holds, and on our way out it is the host's. */
  readonly authorized: boolean;
  /** Why it is not, when the peer showed one: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`. */
  readonly unauthorized?: string;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export class Connection {
  #remote: Endpoint;
  #local: Endpoint;
  /** Both addresses are what a proxy that we trust says they are (PROXY protocol, XCLIENT). */
  proxied = false;
  /** The client's host name, when such a proxy verified it. */
  remoteName: string | undefined;
  /** The socket as it is now; only `net/` touches it. */
  socket: Socket;
  /** Why the socket failed, when it did. */
  failure: Error | undefined;
  secure: Secure | null = null;
  /** DEFLATEd in both directions. */
  compressed = false;
  /** Set by the driver: the listener stops, say goodbye. */
  drain: (() => void) | undefined;
  /** Set by the listener: the session was told that it is closed. */
  released: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#remote = { address: unmapped(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    this.#local = { address: unmapped(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    this.replaceSocket(socket);
  }

  get remoteAddress(): string {
    return this.#remote.address;
  }

  get remotePort(): number {
    return this.#remote.port;
  }

  get localAddress(): string {
    return this.#local.address;
  }

  get localPort(): number {
    return this.#local.port;
  }

  /** From this machine, with nobody between us. */
  get loopback(): boolean {
    const { address } = this.#remote;
    return !this.proxied && (address === '::1' || address.startsWith('127.'));
  }

  /** On the word of a proxy that we trust. */
  standFor(remote: Partial<Endpoint>, local: Partial<Endpoint>): void {
    this.proxied = true;
    this.#remote = unmappedEndpoint({ ...this.#remote, ...remote });
    this.#local = unmappedEndpoint({ ...this.#local, ...local });
  }

  /** After STARTTLS. */
  replaceSocket(socket: Socket): void {
    this.socket = socket;
    if (socket instanceof TLSSocket) this.secure = describe(socket);
    // A reset may come at any time, also before and after a driver listens.
    socket.on('error', (error) => {
      this.failure ??= error;
    });
  }

  /** The e-mail addresses of the client's certificate, when it showed one that our CA made. */
  get clientAddresses(): readonly string[] {
    return this.socket instanceof TLSSocket ? clientCertificateAddresses(this.socket) : [];
  }

  /** The certificates that the peer showed, its own first (DER). */
  get peerChain(): readonly Buffer[] {
    return this.socket instanceof TLSSocket ? peerChain(this.socket) : [];
  }

  /** What limits count by: an IPv4 address, an IPv6 /64. */
  get network(): string {
    return networkOf(this.remoteAddress);
  }

  /** What SCRAM-SHA-256-PLUS binds to, by type; undefined: in clear, or not of that type. */
  channelBinding(type: string): Uint8Array | undefined {
    const { socket } = this;
    return socket instanceof TLSSocket && !socket.destroyed ? channelBinding(socket, type) : undefined;
  }
}

/** A longer chain is nobody's. */
const MAX_CHAIN = 10;

function peerChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw && chain.length < MAX_CHAIN) {
    chain.push(certificate.raw);
    const { issuerCertificate: issuer }: { issuerCertificate?: DetailedPeerCertificate } = certificate;
    // A self-signed certificate is its own issuer.
    certificate = issuer && !issuer.raw.equals(certificate.raw) ? issuer : undefined;
  }
  return chain;
}

function describe(socket: TLSSocket): Secure {
  const { servername } = socket as { servername?: string | false };
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? '',
    authorized: socket.authorized,
    // Node gives the code, whatever its types say.
    ...(socket.authorizationError ? { unauthorized: String(socket.authorizationError) } : {}),
    ...(servername ? { servername } : {}),
  };
}

/** `::ffff:192.0.2.1`, as a dual-stack listener sees an IPv4 peer, is `192.0.2.1`. */
const unmapped = (address: string): string =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;

const unmappedEndpoint = ({ address, port }: Endpoint): Endpoint => ({ address: unmapped(address), port });

export interface ConnectOptions {
  /** An address, or a name for the system to look up. */
  readonly host: string;
  /** Other addresses of the same host, tried beside `host` when it does not answer soon. */
  readonly alternatives?: readonly string[];
  readonly port: number;
  /** For each address, and for the TLS handshake. */
  readonly timeoutMs: number;
  readonly localAddress?: string;
  /** Told of the addresses that failed before another one answered. */
  readonly failed?: (address: string, error: Error) => void;
  /** TLS from the first byte. */
  readonly tls?: ClientTls;
}

function connectTcp(options: ConnectOptions, host: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({
      host,
      port: options.port,
      localAddress: options.localAddress,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
      allowHalfOpen: true,
    });
    const give = (error: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.destroy();
      socket.on('error', () => {});
      reject(error);
    };
    const aborted = () => give(new Error('another address was quicker'));
    const timer = setTimeout(
      () => give(new Error(`no connection to ${host}:${options.port} within ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    signal.addEventListener('abort', aborted);
    socket.once('error', give);
    socket.once('connect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.off('error', give);
      resolve(socket);
    });
  });
}

/** Rejects with `NoneReached` when no address answers within `timeoutMs`, and with what failed when there is no TLS. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { host, alternatives = [] } = options;
  const reached = await reachFirst([host, ...alternatives], (address, signal) =>
    connectTcp(options, address, signal),
  );
  const connection = new Connection(reached.value);
  if (options.tls)
    connection.replaceSocket(await clientHandshake(reached.value, options.tls, options.timeoutMs));
  for (const [address, error] of reached.failures) options.failed?.(address, error);
  return connection;
}
