/** One TCP connection, plain or TLS; `drive.ts` runs a protocol over it. */
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { channelBinding } from './channel-binding.ts';
import { clientCertificateAddresses } from './client-certificate.ts';
import { clientHandshake } from './handshake.ts';
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

function describe(socket: TLSSocket): Secure {
  const { servername } = socket as { servername?: string | false };
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? '',
    authorized: socket.authorized,
    ...(servername ? { servername } : {}),
  };
}

/** `::ffff:192.0.2.1`, as a dual-stack listener sees an IPv4 peer, is `192.0.2.1`. */
const unmapped = (address: string): string =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;

const unmappedEndpoint = ({ address, port }: Endpoint): Endpoint => ({ address: unmapped(address), port });

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** For the connection and the TLS handshake together. */
  readonly timeoutMs: number;
  readonly localAddress?: string;
  /** TLS from the first byte. */
  readonly tls?: { readonly servername: string; readonly rejectUnauthorized: boolean };
}

function connectTcp(options: ConnectOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({
      host: options.host,
      port: options.port,
      localAddress: options.localAddress,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
      allowHalfOpen: true,
    });
    const give = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      socket.on('error', () => {});
      reject(error);
    };
    const timer = setTimeout(
      () =>
        give(new Error(`no connection to ${options.host}:${options.port} within ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    socket.once('error', give);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', give);
      resolve(socket);
    });
  });
}

/** Rejects when there is no connection (or no TLS) within `timeoutMs`. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const began = performance.now();
  const socket = await connectTcp(options);
  const connection = new Connection(socket);
  if (options.tls) {
    const left = Math.max(1, options.timeoutMs - (performance.now() - began));
    connection.replaceSocket(await clientHandshake(socket, options.tls, left));
  }
  return connection;
}
