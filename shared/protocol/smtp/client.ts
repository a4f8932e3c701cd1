import type { Engine } from '../engine.ts';
import { DataEncoder } from './client-data.ts';
import { type Extensions, NO_EXTENSIONS, parseExtensions } from './client-extensions.ts';
import { type ClientTransaction, mailCommand, type Progress, rcptCommand } from './client-transaction.ts';
import { type Reply, ReplyParser } from './reply-parser.ts';

/** The command whose reply comes next. */
export type Awaited =
  | 'greeting'
  | 'ehlo'
  | 'helo'
  | 'start-tls'
  | 'auth'
  | 'rset'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'end-of-data'
  | 'quit';

export type ClientEvent =
  /** EHLO or HELO is done (again after STARTTLS): a transaction, STARTTLS, AUTH or QUIT may follow. */
  | { readonly type: 'ready'; readonly extensions: Extensions }
  /** The server takes no mail now: its greeting or HELO was refused. The engine is closed. */
  | { readonly type: 'refused'; readonly at: Awaited; readonly reply: Reply }
  /** 220 to STARTTLS: shake hands, then call `tlsStarted`. */
  | { readonly type: 'start-tls' }
  | { readonly type: 'start-tls-refused'; readonly reply: Reply }
  | { readonly type: 'authenticated' }
  | { readonly type: 'auth-refused'; readonly reply: Reply }
  /** 354, and a recipient was taken: give the message by `data` and `endData`. */
  | { readonly type: 'data-go' }
  /** The transaction is over; every recipient has its reply. After 421 the engine is closed. */
  | { readonly type: 'outcome'; readonly progress: Readonly<Progress> }
  /** 421 outside a transaction. The engine is closed. */
  | { readonly type: 'closing'; readonly reply: Reply }
  /** The server does not speak SMTP as we know it. The engine is in 'error'; `progress` has what was said until then. */
  | { readonly type: 'fault'; readonly fault: string };

export type ClientState =
  | 'greeting'
  | 'ready'
  | 'busy'
  | 'tls-handshake'
  | 'data'
  | 'quit'
  | 'closed'
  | 'error';

const NOTHING = new Uint8Array();

interface Step {
  readonly line: string;
  readonly awaited: Awaited;
  readonly recipient: number;
}

/**
 * The client side of SMTP (RFC 5321), sans-IO. With PIPELINING (RFC 2920) MAIL, each RCPT and DATA go out in one
 * write; without, one at a time. A transaction that left something behind on the server is cleared by RSET at the head of the
 * next one. Message bytes pass through `DataEncoder`, where a CR or LF standing alone becomes CRLF; binary content goes out
 * as one BDAT chunk (RFC 3030).
 */
export class SmtpClient implements Engine<ClientEvent> {
  readonly #hostname: string;
  readonly #parser = new ReplyParser();
  readonly #encoder = new DataEncoder();
  #output: Uint8Array[] = [];
  #state: ClientState = 'greeting';
  #extensions: Extensions = NO_EXTENSIONS;
  /** Commands of which the first `#sent` are out and the first `#answered` have their reply. */
  #script: Step[] = [{ line: '', awaited: 'greeting', recipient: -1 }];
  #sent = 1;
  #answered = 0;
  #progress: Progress = { mail: null, recipients: [], data: null };
  #needsReset = false;
  /** Octets of the one chunk that are still to be given (RFC 3030); null: DATA. */
  #chunk: number | null = null;

  /** `hostname`: what EHLO says of us. */
  constructor(hostname: string) {
    this.#hostname = hostname;
  }

  get state(): ClientState {
    return this.#state;
  }

  get buffered(): number {
    return this.#parser.buffered;
  }

  get extensions(): Extensions {
    return this.#extensions;
  }

  /** Replies of the transaction under way, or of the last one. */
  get progress(): Readonly<Progress> {
    return this.#progress;
  }

  /** The command whose reply is due; null when none is. Its time: `REPLY_TIMEOUT_MS`. */
  get awaited(): Awaited | null {
    return this.#answered < this.#sent ? this.#script[this.#answered]!.awaited : null;
  }

  /** Replies had so far in the commands under way: it rises as the server answers. */
  get answered(): number {
    return this.#answered;
  }

  receive(chunk: Uint8Array): void {
    this.#parser.receive(chunk);
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  next(): ClientEvent | 'need-data' | 'paused' {
    while (this.#state !== 'closed' && this.#state !== 'error') {
      if (this.#state === 'tls-handshake') return 'paused';
      const reply = this.#parser.next();
      if (reply === 'need-data') return 'need-data';
      const event = 'fault' in reply ? this.#fault(reply.fault) : this.#take(reply);
      if (event) return event;
    }
    return 'need-data';
  }

  /** Only when ready, and offered. */
  startTls(): void {
    this.#begin([{ line: 'STARTTLS\r\n', awaited: 'start-tls', recipient: -1 }]);
  }

  /** The handshake is done: what the server said in clear is forgotten (RFC 3207 §4.2), and EHLO goes out again. */
  tlsStarted(): void {
    if (this.#state !== 'tls-handshake') throw new Error(`tlsStarted in state ${this.#state}`);
    this.#extensions = NO_EXTENSIONS;
    this.#state = 'ready';
    this.#hello('EHLO', 'ehlo');
  }

  /** AUTH PLAIN with the initial response (RFC 4954 §4). Only when ready. */
  authenticate(username: string, password: string): void {
    const response = Buffer.from(`\0${username}\0${password}`, 'utf8').toString('base64');
    this.#begin([{ line: `AUTH PLAIN ${response}\r\n`, awaited: 'auth', recipient: -1 }]);
  }

  /**
   * Only when ready. Throws TypeError when a path or parameter cannot be said in a command (`isSayable`), or for binary
   * content when the server does not offer CHUNKING and BINARYMIME.
   */
  send(transaction: ClientTransaction): void {
    const { chunking, binaryMime } = this.#extensions;
    if (transaction.body === 'binary' && !(chunking && binaryMime))
      throw new TypeError('binary content for a server without CHUNKING and BINARYMIME');
    const steps: Step[] = this.#needsReset ? [{ line: 'RSET\r\n', awaited: 'rset', recipient: -1 }] : [];
    steps.push({ line: mailCommand(transaction, this.#extensions), awaited: 'mail', recipient: -1 });
    transaction.recipients.forEach((recipient, i) => {
      steps.push({ line: rcptCommand(recipient, this.#extensions), awaited: 'rcpt', recipient: i });
    });
    // A chunk's octets stand behind its command, so that is said only when a recipient was taken.
    this.#chunk = transaction.body === 'binary' ? transaction.size : null;
    if (this.#chunk === null) steps.push({ line: 'DATA\r\n', awaited: 'data', recipient: -1 });
    this.#progress = { mail: null, recipients: transaction.recipients.map(() => null), data: null };
    this.#needsReset = false;
    this.#begin(steps);
  }

  /** A piece of the message, after 'data-go'. Flush before the next one, or the output grows. */
  data(chunk: Uint8Array): void {
    if (this.#state !== 'data') throw new Error(`data in state ${this.#state}`);
    if (chunk.length === 0) return;
    if (this.#chunk === null) {
      this.#output.push(this.#encoder.write(chunk));
      return;
    }
    this.#chunk -= chunk.length;
    if (this.#chunk < 0) throw new RangeError('more content than was declared');
    this.#output.push(chunk);
  }

  /** Throws RangeError when a chunk has fewer octets than were declared: then only `abandon` is left. */
  endData(): void {
    if (this.#state !== 'data') throw new Error(`endData in state ${this.#state}`);
    if (this.#chunk === null) this.#endOfData(this.#encoder.end());
    else if (this.#chunk > 0) throw new RangeError('less content than was declared');
    else this.#endOfData(NOTHING);
  }

  /** Ends the session without a word: the only way out of a message begun and not to be finished. */
  abandon(): void {
    if (this.#state !== 'closed') this.#state = 'error';
  }

  /** Only when ready. The reply, whatever it is, closes the engine. */
  quit(): void {
    this.#begin([{ line: 'QUIT\r\n', awaited: 'quit', recipient: -1 }]);
    this.#state = 'quit';
  }

  #hello(verb: string, awaited: 'ehlo' | 'helo'): void {
    this.#begin([{ line: `${verb} ${this.#hostname}\r\n`, awaited, recipient: -1 }]);
  }

  #begin(script: Step[]): void {
    if (this.#state !== 'ready') throw new Error(`a command in state ${this.#state}`);
    this.#script = script;
    this.#sent = 0;
    this.#answered = 0;
    this.#state = 'busy';
    this.#pump();
  }

  /** Sends what may go out now. */
  #pump(): void {
    if (!this.#extensions.pipelining && this.#sent > this.#answered) return;
    const upTo = this.#extensions.pipelining ? this.#script.length : this.#sent + 1;
    let lines = '';
    for (; this.#sent < upTo && this.#sent < this.#script.length; this.#sent++)
      lines += this.#script[this.#sent]!.line;
    if (lines !== '') this.#output.push(Buffer.from(lines, 'utf8'));
  }

  #endOfData(close: Uint8Array): void {
    if (close.length > 0) this.#output.push(close);
    this.#script = [{ line: '', awaited: 'end-of-data', recipient: -1 }];
    this.#sent = 1;
    this.#answered = 0;
    this.#state = 'busy';
  }

  #fault(fault: string): ClientEvent {
    this.#state = 'error';
    return { type: 'fault', fault };
  }

  #take(reply: Reply): ClientEvent | null {
    const awaited = this.awaited;
    if (this.#state === 'data') return this.#earlyReply(reply);
    if (awaited === null) {
      return reply.code === 421
        ? this.#closed({ type: 'closing', reply })
        : this.#fault('a reply to nothing');
    }
    const step = this.#script[this.#answered++]!;
    if (awaited === 'greeting' || awaited === 'ehlo' || awaited === 'helo')
      return this.#helloReply(awaited, reply);
    if (awaited === 'quit') return this.#closed({ type: 'closing', reply });
    if (awaited === 'start-tls') return this.#startTlsReply(reply);
    if (awaited === 'auth') return this.#authReply(reply);
    return this.#transactionReply(step, reply);
  }

  #closed(event: ClientEvent): ClientEvent {
    this.#state = 'closed';
    return event;
  }

  #helloReply(at: 'greeting' | 'ehlo' | 'helo', reply: Reply): ClientEvent | null {
    const taken = reply.code === (at === 'greeting' ? 220 : 250);
    this.#state = 'ready';
    if (!taken) {
      // RFC 5321 §3.2: a server that does not know EHLO is asked again with HELO.
      if (at !== 'ehlo' || reply.code < 500) return this.#closed({ type: 'refused', at, reply });
      this.#hello('HELO', 'helo');
      return null;
    }
    if (at === 'greeting') {
      this.#hello('EHLO', 'ehlo');
      return null;
    }
    if (at === 'ehlo') this.#extensions = parseExtensions(reply);
    return { type: 'ready', extensions: this.#extensions };
  }

  #startTlsReply(reply: Reply): ClientEvent {
    if (reply.code === 421) return this.#closed({ type: 'closing', reply });
    if (reply.code !== 220) {
      this.#state = 'ready';
      return { type: 'start-tls-refused', reply };
    }
    // Bytes behind the 220 came in clear and would be taken for the server's under TLS.
    if (this.#parser.buffered > 0) return this.#fault('bytes in clear after the reply to STARTTLS');
    this.#state = 'tls-handshake';
    return { type: 'start-tls' };
  }

  #authReply(reply: Reply): ClientEvent {
    if (reply.code === 421) return this.#closed({ type: 'closing', reply });
    this.#state = 'ready';
    return reply.code === 235 ? { type: 'authenticated' } : { type: 'auth-refused', reply };
  }

  #transactionReply(step: Step, reply: Reply): ClientEvent | null {
    if (reply.code === 421) return this.#serverLeaves(reply);
    if (step.awaited === 'mail') this.#progress.mail = reply;
    else if (step.awaited === 'rcpt') this.#progress.recipients[step.recipient] = reply;
    else if (step.awaited === 'data') return this.#dataReply(reply);
    else if (step.awaited === 'end-of-data') return this.#endOfDataReply(reply);
    if (reply.code >= 300 && reply.code < 400)
      return this.#fault(`${reply.code} to ${step.awaited.toUpperCase()}`);
    // Nothing that follows can succeed; with PIPELINING it is already out, and its replies come.
    if (this.#sent === this.#answered && this.#isHopeless(step)) return this.#over();
    if (this.#chunk !== null && this.#answered === this.#script.length) return this.#beginChunk(this.#chunk);
    this.#pump();
    return null;
  }

  #beginChunk(octets: number): ClientEvent {
    if (!this.#anyAccepted()) return this.#over();
    this.#output.push(Buffer.from(`BDAT ${octets} LAST\r\n`, 'latin1'));
    this.#state = 'data';
    return { type: 'data-go' };
  }

  /** The rest of the script would be in vain: no MAIL, or no recipient left but DATA. */
  #isHopeless(step: Step): boolean {
    if (step.awaited === 'mail') return !isPositive(this.#progress.mail);
    return this.#script[this.#sent]?.awaited === 'data' && !this.#anyAccepted();
  }

  #anyAccepted(): boolean {
    return isPositive(this.#progress.mail) && this.#progress.recipients.some(isPositive);
  }

  #dataReply(reply: Reply): ClientEvent | null {
    if (reply.code === 354) {
      if (this.#anyAccepted()) {
        this.#state = 'data';
        return { type: 'data-go' };
      }
      // RFC 2920 §3.1: a server that says 354 though it took no recipient is given an empty message.
      this.#endOfData(Buffer.from('.\r\n', 'latin1'));
      return null;
    }
    if (reply.code < 400) return this.#fault(`${reply.code} to DATA`);
    if (this.#anyAccepted()) this.#progress.data = reply;
    return this.#over();
  }

  #endOfDataReply(reply: Reply): ClientEvent {
    if (reply.code >= 300 && reply.code < 400) return this.#fault(`${reply.code} to the end of the message`);
    if (!this.#anyAccepted()) return this.#over();
    this.#progress.data = reply;
    this.#state = 'ready';
    return { type: 'outcome', progress: this.#progress };
  }

  /** The server answers before the message is at its end: a refusal holds, but the session cannot go on. */
  #earlyReply(reply: Reply): ClientEvent {
    if (reply.code < 400) return this.#fault(`${reply.code} in the middle of the message`);
    this.#progress.data = reply;
    this.#state = 'error';
    return { type: 'outcome', progress: this.#progress };
  }

  #over(): ClientEvent {
    this.#needsReset = true;
    this.#state = 'ready';
    return { type: 'outcome', progress: this.#progress };
  }

  /** 421 at any point of a transaction is the reply to all that was not answered yet. */
  #serverLeaves(reply: Reply): ClientEvent {
    const { recipients } = this.#progress;
    this.#progress.mail ??= reply;
    for (let i = 0; i < recipients.length; i++) recipients[i] ??= reply;
    this.#progress.data ??= reply;
    return this.#closed({ type: 'outcome', progress: this.#progress });
  }
}

function isPositive(reply: Reply | null): boolean {
  return reply !== null && reply.code >= 200 && reply.code < 300;
}
