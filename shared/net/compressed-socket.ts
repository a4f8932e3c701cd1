import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { constants, createInflateRaw, deflateRawSync, type InflateRaw } from 'node:zlib';

/** Of what came before, DEFLATE (RFC 1951 §2) can refer to so much. Bytes. */
const WINDOW_BYTES = 32_768;
/** Of our own output so much is kept to refer to: responses resemble each other, and this much is quick to take in. Bytes. */
const KEPT_OUTPUT_BYTES = 8_192;
/** Inflated at a time; the next such piece waits until this one is taken. Bytes. */
const PIECE_BYTES = 16_384;
/** A connection without traffic gives up its buffers after this. Milliseconds. */
const IDLE_MS = 2_000;
/** Fast, and nearly as small as the slower ones on text. */
const LEVEL = 3;

/** What a sync flush ends with: the next block begins at a byte, and refers to nothing but the window. */
const FLUSHED = 0x0000ffff;
const FLUSHED_BYTES = 4;

/**
 * A socket whose bytes are DEFLATEd both ways (RFC 4978), over a plain or a TLS socket.
 *
 * Output: each batch is compressed by itself and flushed, with the tail of the one before as its dictionary, so that no
 * compressor lives between two batches. Input: an inflater lives while bytes come. Once the peer has flushed and is
 * silent, only its window is kept: an idle connection costs little more than one that is not compressed.
 *
 * However much a few bytes inflate to, at most a few pieces of it are in memory, and more is not read until they are
 * taken.
 */
export class CompressedSocket extends Duplex {
  readonly #under: Duplex;
  readonly #idle: NodeJS.Timeout;
  /** The tail of what was sent. */
  #sent: Buffer | undefined;
  #inflater: InflateRaw | undefined;
  #inflating = false;
  /** The last four bytes received, compressed, as a number; and the last that they came to. */
  #tail = 0xffffffff;
  #window: Buffer[] = [];
  #windowBytes = 0;
  #ended = false;

  constructor(under: Duplex, idleMs = IDLE_MS) {
    super({ readableHighWaterMark: PIECE_BYTES });
    this.#under = under;
    this.#idle = setTimeout(() => this.#rest(), idleMs);
    this.#idle.unref();
    under.on('data', this.#onData);
    under.on('end', this.#onEnd);
    under.on('close', () => this.destroy());
  }

  /** True while nothing but what the next bytes need is in memory. */
  get resting(): boolean {
    return this.#inflater === undefined && this.#sent === undefined;
  }

  // ---- output

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0) done();
    else this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#under.end(() => done());
  }

  #send(bytes: Buffer, done: () => void): void {
    this.#idle.refresh();
    const dictionary = this.#sent;
    const compressed = deflateRawSync(bytes, {
      level: LEVEL,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(dictionary === undefined ? {} : { dictionary }),
    });
    this.#sent = Buffer.from(bytes.subarray(-KEPT_OUTPUT_BYTES));
    if (this.#under.write(compressed)) done();
    else this.#under.once('drain', done);
  }

  // ---- input

  override _read(): void {
    if (this.#inflater?.isPaused()) this.#inflater.resume();
    if (!this.#inflating) this.#under.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#idle.refresh();
    for (const octet of chunk.subarray(-FLUSHED_BYTES)) this.#tail = ((this.#tail << 8) | octet) >>> 0;
    this.#inflating = true;
    this.#under.pause();
    this.#inflater ??= this.#newInflater();
    this.#inflater.write(chunk, () => {
      this.#inflating = false;
      if (this.#ended) this.#inflater?.end();
      else if (!this.#inflater?.isPaused()) this.#under.resume();
    });
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    if (this.#inflater === undefined) this.push(null);
    else if (!this.#inflating) this.#inflater.end();
  };

  #newInflater(): InflateRaw {
    const window = Buffer.concat(this.#window);
    const inflater = createInflateRaw({
      chunkSize: PIECE_BYTES,
      highWaterMark: PIECE_BYTES,
      flush: constants.Z_SYNC_FLUSH,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(window.length === 0 ? {} : { dictionary: window.subarray(-WINDOW_BYTES) }),
    } as Parameters<typeof createInflateRaw>[0]);
    inflater.on('data', (piece: Buffer) => {
      // A copy: the piece may be a few bytes of a large buffer.
      const own = piece.length === PIECE_BYTES ? piece : Buffer.from(piece);
      this.#remember(own);
      if (!this.push(own)) inflater.pause();
    });
    inflater.on('end', () => this.push(null));
    inflater.on('error', (error) => this.destroy(error));
    return inflater;
  }

  #remember(piece: Buffer): void {
    this.#window.push(piece);
    this.#windowBytes += piece.length;
    while (this.#windowBytes - this.#window[0]!.length >= WINDOW_BYTES)
      this.#windowBytes -= this.#window.shift()!.length;
  }

  // ---- silence

  #rest(): void {
    this.#sent = undefined;
    if (this.#inflater === undefined || this.#inflating || this.#tail !== FLUSHED) return;
    if (this.#inflater.isPaused() || this.#inflater.readableLength > 0) return;
    this.#inflater.removeAllListeners('end');
    this.#inflater.destroy();
    this.#inflater = undefined;
    const window = Buffer.concat(this.#window).subarray(-WINDOW_BYTES);
    this.#window = window.length === 0 ? [] : [ownCopy(window)];
    this.#windowBytes = window.length;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#inflater?.destroy();
    this.#under.destroy();
    done(error);
  }
}

/** The driver asks no more of a socket than that it is a stream; nothing asks a compressed one for its addresses. */
export function compressedSocket(under: Duplex): Socket {
  return new CompressedSocket(under) as Duplex as Socket;
}

/** Outside of Buffer's pool: a few bytes that are kept would keep 64 KiB of it. */
function ownCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
