/** What a protocol's session and its driver are to each other. */
import type { Connection } from './connection.ts';
import type { ClientTls, ServerTls } from './handshake.ts';

export interface ProtocolSession<E> {
  /** Events one at a time, in order; while the promise is pending nothing more is read. A throw destroys the connection. */
  handle(event: E): void | Promise<void>;
  /** The idle deadline passed: say 421 or BYE through the engine; the driver flushes and closes. */
  timedOut(): void;
  /** Shutting down: say goodbye when possible. Called once, between two events. Without it the driver closes then. */
  drain?(): void;
  /** Exactly once, when the socket is closed and the handler under way has settled (at most 60 s later). */
  closed(error?: unknown): void | Promise<void>;
}

export interface Drive {
  /** Writes the engine's output now; waits while the peer does not take it. Rejects with `ConnectionClosed`. */
  flush(): Promise<void>;
  /** Output was added, or the engine un-paused, from outside an event (a push while idling). Cheap; calls of one tick are one. */
  wake(): void;
  /** Counts from now and anew with each chunk read. */
  setIdleTimeout(ms: number): void;
  /**
   * Server side of STARTTLS, from within an event's handler and right after the go-ahead was given to the engine (no
   * await between: the go-ahead leaves here). Bytes sent before the handshake destroy the connection.
   */
  startTls(tls: ServerTls): Promise<void>;
  startTlsClient(options: ClientTls): Promise<void>;
  /** DEFLATE in both directions (RFC 4978), as `startTls`: right after the go-ahead, which still leaves as it is. */
  compress(): Promise<void>;
  /** Flushes, then ends the connection; nothing more is handled. */
  close(): void;
  destroy(): void;
  readonly connection: Connection;
}

export interface DriveOptions {
  readonly idleTimeoutMs: number;
  /** What `closed` threw; without it a warning of the process. */
  readonly failed?: (error: unknown) => void;
}

export class ConnectionClosed extends Error {
  constructor(cause?: unknown) {
    super('the connection is closed', { cause });
    this.name = 'ConnectionClosed';
  }
}
