/** Runs a protocol engine over a connection: bytes in, events to the session, output back, one write a batch. */

import type { Engine } from '../protocol/engine.ts';
import { compressedSocket } from './compressed-socket.ts';
import type { Connection } from './connection.ts';
import { type Deadline, unwatch, watch } from './deadlines.ts';
import { type ClientTls, clientHandshake, type ServerTls, serverHandshake } from './handshake.ts';
import { writeBatch } from './output.ts';
import { ConnectionClosed, type Drive, type DriveOptions, type ProtocolSession } from './session.ts';
import { holdBack, release } from './stragglers.ts';
import { rejected, Waiters } from './waiters.ts';

export { ConnectionClosed, type Drive, type DriveOptions, type ProtocolSession };

/** After our goodbye the peer has this long to close too; what it still sends is read and dropped, lest a reset eat the goodbye. */
const LINGER_MS = 5_000;

/** A handler still busy this long after the connection went is not waited for. */
const HANDLER_MS = 60_000;

/** Pipelined input beyond what is being handled: then the socket is paused. */
const READ_AHEAD_BYTES = 65_536;

/** So many events a write at most, so that back-pressure also holds within one pipelined batch. */
const BATCH_EVENTS = 64;

class SocketDrive<E extends { type: string }> implements Drive {
  readonly connection: Connection;
  readonly #engine: Engine<E>;
  readonly #options: DriveOptions;
  readonly #session: ProtocolSession<E>;
  readonly #deadline: Deadline;
  readonly #waiters = new Waiters();
  #idleMs: number;
  #queuedBytes = 0;
  #unwritten = 0;
  #running = false;
  #handling = false;
  #upgrading = false;
  #paused = false;
  #inputEnded = false;
  #wakeQueued = false;
  #draining = false;
  #saidGoodbye = false;
  /** We said all we will say. */
  #closing = false;
  /** The socket is gone. */
  #dead = false;
  #toldClosed = false;
  #failure: unknown;

  constructor(
    connection: Connection,
    engine: Engine<E>,
    makeSession: (drive: Drive) => ProtocolSession<E>,
    options: DriveOptions,
  ) {
    this.connection = connection;
    this.#engine = engine;
    this.#options = options;
    this.#idleMs = options.idleTimeoutMs;
    this.#deadline = { at: performance.now() + this.#idleMs, expired: () => this.#expired() };
    this.#session = makeSession(this);
    connection.drain = () => this.#drain();
    if (connection.socket.destroyed) {
      queueMicrotask(this.#onClose);
      return;
    }
    this.#listen();
    watch(this.#deadline);
    this.#run();
  }

  // ---- the socket's side

  readonly #onData = (chunk: Buffer): void => {
    // Nothing is owed to a peer we said goodbye to; its bytes are dropped, and do not move the deadline.
    if (this.#closing) return;
    this.#deadline.at = performance.now() + this.#idleMs;
    this.#engine.receive(chunk);
    if (!this.#blocked) this.#run();
    else if (this.#engine.buffered >= READ_AHEAD_BYTES || this.#upgrading) this.#pause();
  };

  readonly #onEnd = (): void => {
    this.#inputEnded = true;
    if (this.#closing) this.destroy();
    else this.#run();
  };

  readonly #onDrain = (): void => {
    this.#deadline.at = performance.now() + this.#idleMs;
    this.#waiters.resolveAll();
    this.#run();
  };

  readonly #onClose = (): void => {
    if (this.#dead) return;
    this.#dead = true;
    this.#failure ??= this.connection.failure;
    release(this);
    unwatch(this.#deadline);
    this.#waiters.rejectAll(new ConnectionClosed(this.#failure));
    if (!this.#handling) {
      this.#tellClosed();
      return;
    }
    this.#restartDeadline(HANDLER_MS);
  };

  #listen(): void {
    const socket = this.connection.socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
  }

  #unlisten(): void {
    const socket = this.connection.socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
  }

  #pause(): void {
    this.#paused = true;
    this.connection.socket.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.connection.socket.resume();
  }

  // ---- the loop

  get #blocked(): boolean {
    return this.#handling || this.#upgrading || this.connection.socket.writableNeedDrain;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      this.#handleAll();
    } catch (error) {
      this.#fail(error);
    }
    this.#running = false;
  }

  #handleAll(): void {
    while (!this.#dead && !this.#closing && !this.#blocked) {
      const event = this.#engine.next();
      if (event === 'need-data' || event === 'paused') {
        this.#rest(event);
        return;
      }
      this.#handle(event);
      if (++this.#unwritten >= BATCH_EVENTS) this.#write();
    }
  }

  #rest(reason: 'need-data' | 'paused'): void {
    this.#write();
    if (this.#isOver(reason)) this.close();
    else if (reason === 'need-data') this.#resume();
    else if (this.#engine.buffered >= READ_AHEAD_BYTES) this.#pause();
  }

  #isOver(reason: 'need-data' | 'paused'): boolean {
    const state = this.#engine.state;
    if (state === 'closed' || state === 'error') return true;
    // A paused engine still owes an answer.
    return reason === 'need-data' && (this.#inputEnded || (this.#draining && !this.#session.drain));
  }

  #handle(event: E): void {
    const result = this.#session.handle(event);
    if (!(result instanceof Promise)) return;
    this.#handling = true;
    holdBack(this);
    result.then(this.#handled, this.#handlerFailed);
  }

  readonly #handled = (): void => {
    this.#handling = false;
    release(this);
    if (this.#dead) {
      this.#tellClosed();
      return;
    }
    this.#deadline.at = performance.now() + this.#idleMs;
    if (this.#draining && !this.#saidGoodbye && !this.#closing) this.#sayGoodbye();
    this.#run();
  };

  readonly #handlerFailed = (error: unknown): void => {
    this.#handling = false;
    release(this);
    if (this.#dead) this.#tellClosed();
    else this.#fail(error);
  };

  /** The handler under way takes its time: what earlier ones said goes out meanwhile. */
  straggle(): void {
    this.#write();
  }

  #write(): void {
    if (this.#dead || this.#upgrading || this.connection.socket.writableEnded) return;
    this.#unwritten = 0;
    const pieces = this.#engine.takeOutput();
    if (pieces.length > 0) writeBatch(this.connection.socket, pieces);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.destroy();
  }

  #tellClosed(): void {
    if (this.#toldClosed) return;
    this.#toldClosed = true;
    unwatch(this.#deadline);
    const report =
      this.#options.failed ??
      ((error) => process.emitWarning(error instanceof Error ? error : String(error)));
    // An async function, so that a throw and a rejection are the same.
    const tell = async () => this.#session.closed(this.#failure);
    tell()
      .catch(report)
      .finally(() => this.connection.released?.());
  }

  // ---- deadlines and the end

  #expired(): void {
    if (this.#dead) this.#tellClosed();
    else if (this.#closing) this.#endLinger();
    else if (this.#stuck()) this.#fail(new Error('the peer takes nothing'));
    else if (this.#blocked) this.#restartDeadline();
    else this.#timeOut();
  }

  /** Output waits, and not a byte of it left since the last look. */
  #stuck(): boolean {
    const { writableLength } = this.connection.socket;
    const before = this.#queuedBytes;
    this.#queuedBytes = writableLength;
    return writableLength > 0 && writableLength === before;
  }

  #endLinger(): void {
    const { writableLength } = this.connection.socket;
    if (writableLength > 0 && !this.#stuck()) this.#restartDeadline();
    else this.destroy();
  }

  #restartDeadline(ms = this.#idleMs): void {
    this.#deadline.at = performance.now() + ms;
    watch(this.#deadline);
  }

  #timeOut(): void {
    try {
      this.#session.timedOut();
      this.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  #drain(): void {
    if (this.#draining || this.#dead || this.#closing) return;
    this.#draining = true;
    // A goodbye in the middle of a command would be taken for its answer.
    if (!this.#handling) this.#sayGoodbye();
  }

  #sayGoodbye(): void {
    this.#saidGoodbye = true;
    this.#session.drain?.();
    this.wake();
  }

  flush(): Promise<void> {
    if (this.#dead) return rejected(new ConnectionClosed(this.#failure));
    this.#write();
    if (!this.connection.socket.writableNeedDrain) return Promise.resolve();
    return this.#waiters.wait();
  }

  wake(): void {
    if (this.#wakeQueued || this.#dead) return;
    this.#wakeQueued = true;
    queueMicrotask(() => {
      this.#wakeQueued = false;
      if (this.#handling && !this.#closing) this.#write();
      else this.#run();
    });
  }

  setIdleTimeout(ms: number): void {
    this.#idleMs = ms;
    if (!this.#dead && !this.#closing) this.#restartDeadline();
  }

  close(): void {
    if (this.#closing || this.#dead) return;
    this.#write();
    this.#closing = true;
    const socket = this.connection.socket;
    socket.once('finish', () => {
      if (this.#inputEnded) socket.destroy();
      else this.#restartDeadline(LINGER_MS);
    });
    socket.end();
    this.#paused = false;
    socket.resume();
    this.#restartDeadline();
  }

  destroy(): void {
    this.connection.socket.destroy();
  }

  // ---- TLS and DEFLATE, in the middle of a connection

  startTls(tls: ServerTls): Promise<void> {
    return this.#upgrade(() => serverHandshake(this.connection.socket, tls));
  }

  startTlsClient(options: ClientTls): Promise<void> {
    return this.#upgrade(() => clientHandshake(this.connection.socket, options));
  }

  compress(): Promise<void> {
    return this.#upgrade(async () => {
      this.connection.compressed = true;
      return compressedSocket(this.connection.socket);
    });
  }

  async #upgrade(handshake: () => Promise<Connection['socket']>): Promise<void> {
    // Paused before our go-ahead leaves, so that the peer's hello waits for the TLS layer.
    this.#pause();
    await this.flush();
    await this.#written();
    if (this.#engine.buffered > 0) {
      this.#failure ??= new Error('bytes before the new layer began');
      this.destroy();
      throw new ConnectionClosed(this.#failure);
    }
    this.#upgrading = true;
    const plain = this.connection.socket;
    this.#unlisten();
    // The handshake's own failures close the plain socket too.
    plain.on('close', this.#onClose);
    try {
      const secured = await handshake();
      plain.off('close', this.#onClose);
      this.connection.replaceSocket(secured);
    } catch (error) {
      this.#failure ??= error;
      plain.destroy();
      throw new ConnectionClosed(error);
    } finally {
      this.#upgrading = false;
    }
    if (this.connection.socket.destroyed) {
      this.#onClose();
      throw new ConnectionClosed(this.#failure);
    }
    this.#listen();
    this.#resume();
  }

  /** Until the kernel has every byte: what is still queued here would be sent in clear after the handshake began. */
  #written(): Promise<void> {
    const socket = this.connection.socket;
    if (socket.writableLength === 0) return Promise.resolve();
    return this.#waiters.wait((done) => socket.write('', done));
  }
}

/** Takes the connection over. `makeSession` may already write a greeting through the engine. */
export function drive<E extends { type: string }>(
  connection: Connection,
  engine: Engine<E>,
  makeSession: (drive: Drive) => ProtocolSession<E>,
  options: DriveOptions,
): Drive {
  return new SocketDrive(connection, engine, makeSession, options);
}
