import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../shared/net/connection.ts';

/** A request's header arrives whole within this time; its body as long as bytes come (`BODY_IDLE_MS`). */
const HEADERS_MS = 15_000;
/** A large upload over a slow line. */
const REQUEST_MS = 600_000;
/** A connection without a request: browsers keep a few. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
const MAX_REQUESTS_A_SOCKET = 10_000;

export type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * HTTP over connections that the listeners of `shared/net` accept, so that TLS, its certificates and the limits are those of every other
 * protocol here.
 */
export class HttpServer {
  readonly #server: Server;
  readonly #connections = new WeakMap<Duplex, Connection>();
  #draining = false;

  constructor(handle: Handle) {
    this.#server = createServer(
      {
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        connectionsCheckingInterval: 5_000,
      },
      (request, response) => {
        if (this.#draining) response.setHeader('connection', 'close');
        void handle(request, response);
      },
    );
    this.#server.maxHeadersCount = MAX_HEADERS;
    this.#server.maxRequestsPerSocket = MAX_REQUESTS_A_SOCKET;
    // It never listens itself: this starts its own watch over the time-outs.
    this.#server.emit('listening');
  }

  onUpgrade(take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void {
    this.#server.on('upgrade', take);
  }

  serve(connection: Connection): void {
    const socket: Socket = connection.socket;
    this.#connections.set(socket, connection);
    // Requests under way are answered; what waits for the next one is closed.
    connection.drain = () => {
      this.#draining = true;
      this.#server.closeIdleConnections();
    };
    socket.once('close', () => connection.released?.());
    this.#server.emit('connection', socket);
  }

  /** Whose request it is. */
  connectionOf(request: IncomingMessage): Connection {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) throw new Error('a request without its connection');
    return connection;
  }

  close(): void {
    this.#server.close();
  }
}
