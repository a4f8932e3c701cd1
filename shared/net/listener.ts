/** A listening socket and the connections it took. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Connection, KEEPALIVE_MS } from './connection.ts';
import { HANDSHAKE_MS, type ServerTls, serverHandshake } from './handshake.ts';
import type { Networks } from './networks.ts';
import { takeProxyHeader } from './proxy-header.ts';

/** Connections the kernel holds for us while we are busy; the kernel's own limit may be lower. */
const BACKLOG = 4_096;

/** How long a refused client may take to read why. */
const REFUSAL_MS = 1_000;

/** What a handler may still take once its connection was destroyed, before `stop` no longer waits for it. */
const HANDLER_GRACE_MS = 500;

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Connections, from the TLS handshake until the session was told that it is closed. */
  readonly connections: number;
  /**
   * Closes the listening socket, has each session say goodbye, destroys what is still there after `graceMs`.
   * Resolves when every connection is closed and its session told. Idempotent.
   */
  stop(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** TLS from the first byte. */
  readonly tls?: ServerTls;
  readonly maxConnections: number;
  /** Written to a plain connection over the limit before it is closed. */
  readonly refusal?: Uint8Array;
  readonly handshakeTimeoutMs?: number;
  /** Connections from there begin with a PROXY header, and are of whom it names. */
  readonly proxies?: Networks;
  readonly proxyHeaderTimeoutMs?: number;
}

const CAUSES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'not permitted (ports below 1024 need privileges)',
  EADDRNOTAVAIL: 'this machine has no such address',
};

function refuse(socket: Socket, refusal: Uint8Array | undefined): void {
  socket.on('error', () => {});
  if (!refusal) {
    socket.destroy();
    return;
  }
  socket.end(refusal);
  socket.resume();
  setTimeout(() => socket.destroy(), REFUSAL_MS).unref();
}

class SocketListener implements Listener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #open = new Map<Socket, Connection | undefined>();
  readonly #options: ListenOptions;
  readonly #onConnection: (connection: Connection) => void;
  #stopped: Promise<void> | undefined;
  #allReleased: (() => void) | undefined;

  constructor(server: Server, options: ListenOptions, onConnection: (connection: Connection) => void) {
    this.#server = server;
    this.#options = options;
    this.#onConnection = onConnection;
    this.host = options.host;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#take(socket));
    // Out of file descriptors: those who hold one go on, and a later accept works again.
    server.on('error', () => {});
  }

  get connections(): number {
    return this.#open.size;
  }

  #take(socket: Socket): void {
    const { maxConnections, refusal, tls } = this.#options;
    if (this.#open.size >= maxConnections) {
      refuse(socket, tls ? undefined : refusal);
      return;
    }
    this.#open.set(socket, undefined);
    const connection = new Connection(socket);
    connection.released = () => this.#release(socket);
    socket.once('close', () => {
      // A session that is driven still has to hear of it.
      if (!connection.drain) this.#release(socket);
    });
    const isProxy = this.#options.proxies?.contains(connection.remoteAddress) === true;
    if (!isProxy && !tls) this.#give(socket, connection);
    else this.#prepare(socket, connection, isProxy).catch(() => socket.destroy());
  }

  /** What comes before the protocol: who is there, and TLS. */
  async #prepare(socket: Socket, connection: Connection, isProxy: boolean): Promise<void> {
    const { tls, handshakeTimeoutMs = HANDSHAKE_MS, proxyHeaderTimeoutMs } = this.#options;
    if (isProxy) {
      const header = await takeProxyHeader(socket, proxyHeaderTimeoutMs);
      if (header.kind === 'proxied') connection.standFor(header.source, header.destination);
    }
    if (tls) connection.replaceSocket(await serverHandshake(socket, tls, handshakeTimeoutMs));
    this.#give(socket, connection);
    // Paused after the header.
    if (isProxy && !tls) socket.resume();
  }

  #give(socket: Socket, connection: Connection): void {
    if (this.#stopped) {
      socket.destroy();
      return;
    }
    this.#open.set(socket, connection);
    this.#onConnection(connection);
  }

  #release(socket: Socket): void {
    this.#open.delete(socket);
    if (this.#open.size === 0) this.#allReleased?.();
  }

  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#server.close();
    if (this.#open.size === 0) return;
    const released = new Promise<void>((resolve) => {
      this.#allReleased = resolve;
    });
    for (const [socket, connection] of this.#open) {
      if (connection?.drain) connection.drain();
      else socket.destroy();
    }
    const destroy = setTimeout(() => {
      for (const socket of this.#open.keys()) socket.destroy();
    }, graceMs);
    const leave = setTimeout(() => this.#allReleased?.(), graceMs + HANDLER_GRACE_MS);
    await released;
    clearTimeout(destroy);
    clearTimeout(leave);
  }
}

/** Rejects with an Error whose message names host and port when it cannot listen there. */
export function listen(
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const server = createServer({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MS,
    allowHalfOpen: true,
  });
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `cannot listen on ${options.host}:${options.port}: ${CAUSES[cause.code ?? ''] ?? cause.message}`,
          {
            cause,
          },
        ),
      );
    server.once('error', fail);
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
      server.off('error', fail);
      resolve(new SocketListener(server, options, onConnection));
    });
  });
}
