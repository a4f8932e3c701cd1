/**
 * The one contract of every protocol engine (SMTP, POP3, IMAP; server and client side).
 *
 * An engine is pure: no sockets, no clock, no randomness, no await. `net/drive.ts` runs it:
 *
 *   loop: event = engine.next()
 *     'need-data'  → write takeOutput() (once for the whole batch), then wait for the socket's next chunk
 *     'paused'     → the engine waits for the driver's session to call a reply method of the engine
 *     an event     → hand it to the session, which answers by calling methods of the engine
 *
 * `receive` only buffers. All parsing happens in `next`. Output gathers until `takeOutput` drains it.
 */
export interface Engine<Event extends { readonly type: string }> {
  /** Buffers bytes from the peer; parses nothing. Throws nothing, whatever the bytes. */
  receive(chunk: Uint8Array): void;
  /** The next event, or why there is none. */
  next(): Event | 'need-data' | 'paused';
  /** Bytes to be sent, in order, since the last call; empty when there is nothing to send. */
  takeOutput(): Uint8Array[];
  /** Bytes received and not yet consumed: after STARTTLS anything here means an injection. */
  readonly buffered: number;
  /** `'error'` and `'closed'` are final: the driver flushes the output and closes the connection. */
  readonly state: string;
}
