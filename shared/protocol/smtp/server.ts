import type { Engine } from '../engine.ts';
import type { SaslAnswer } from '../sasl/mechanism.ts';
import { authLine, authStep } from './commands/auth.ts';
import { readCommand } from './commands.ts';
import { domainOf } from './path.ts';
import { ChunkReader } from './server-chunk.ts';
import { DataReader } from './server-data.ts';
import { ServerDialogue } from './server-dialogue.ts';
import type { AuthOffered, ServerEvent, ServerOptions, ServerState } from './server-events.ts';
import { authLineLimit, commandLineLimit, MAX_SWALLOWED_BYTES } from './server-limits.ts';
import { replies } from './server-replies.ts';
import { reply, type ServerReply } from './server-reply.ts';
import { newTransaction } from './server-transaction.ts';

/**
 * The server side of SMTP (RFC 5321) and LMTP (RFC 2033), sans-IO, with the extensions of `server-extensions.ts`. It keeps
 * the order of commands and answers all that needs no policy; each command is a file in `commands/`.
 * A command line may end in LF alone; data never.
 */
export class SmtpServer implements Engine<ServerEvent> {
  readonly #dialogue: ServerDialogue;
  #data = new DataReader();
  #chunks: ChunkReader | undefined;
  /** Set once the message coming in is refused; said at its end, or at the end of the chunk. */
  #dataRefusal: ServerReply | undefined;
  /** What MAIL or RCPT said, until it is answered. */
  #asked: ServerEvent | undefined;

  constructor(options: ServerOptions) {
    this.#dialogue = new ServerDialogue(options);
    if (options.askConnect) this.#asked = this.#dialogue.ask('connect', { type: 'connect' });
    else this.#greet();
  }

  get state(): ServerState {
    return this.#dialogue.state;
  }

  get buffered(): number {
    return this.#dialogue.input.length;
  }

  /** As HELO, EHLO or LHLO gave it; '' before. */
  get clientDomain(): string {
    return this.#dialogue.clientDomain;
  }

  /** EHLO or LHLO was said, not HELO. */
  get extended(): boolean {
    return this.#dialogue.extended;
  }

  get authenticated(): boolean {
    return this.#dialogue.authenticated;
  }

  /** AUTH may be said now. */
  get authOffered(): boolean {
    return this.#dialogue.authOffered;
  }

  receive(chunk: Uint8Array): void {
    if (this.state !== 'closed') this.#dialogue.input.receive(chunk);
  }

  takeOutput(): Uint8Array[] {
    return this.#dialogue.takeOutput();
  }

  next(): ServerEvent | 'need-data' | 'paused' {
    for (;;) {
      const event = this.#step();
      if (event !== undefined) return event;
    }
  }

  /** Yes to what was asked; `said` is the reply unless the usual one will do. */
  accept(said?: ServerReply): void {
    const dialogue = this.#dialogue;
    const question = dialogue.take(
      'connect',
      'mail',
      'rcpt',
      'verify',
      'expand',
      'start-queue',
      'data-start',
      'data-end',
    );
    switch (question) {
      case 'data-start':
        this.#beginMessage(said);
        return;
      case 'data-end':
        this.#endMessage(said ?? replies.ok);
        return;
      case 'connect':
        this.#greet();
        break;
      case 'mail':
        this.#beginTransaction();
        dialogue.say(said ?? replies.senderOk);
        break;
      case 'rcpt':
        this.#addRecipient();
        dialogue.say(said ?? replies.recipientOk);
        break;
      default:
        dialogue.say(said ?? replies.ok);
    }
    dialogue.goOn();
  }

  /** No to what was asked. A 421 closes the connection. */
  refuse(said: ServerReply): void {
    const dialogue = this.#dialogue;
    const question = dialogue.take(
      'connect',
      'mail',
      'rcpt',
      'verify',
      'expand',
      'start-queue',
      'data-start',
      'data-end',
      'auth',
      'xclient',
    );
    if (said.code === 421) dialogue.close(said);
    else if (question === 'data-end') this.#endMessage(said);
    else if (question === 'connect' || question === 'xclient') {
      dialogue.say(said);
      dialogue.state = 'rejected';
    } else if (question === 'auth') {
      dialogue.say(said);
      dialogue.goOn();
    } else if (question === 'data-start' && dialogue.chunk !== undefined) {
      dialogue.chunk = { ...dialogue.chunk, refusal: said };
      dialogue.transaction = undefined;
      dialogue.state = 'chunk';
    } else {
      if (question === 'data-start') dialogue.transaction = undefined;
      dialogue.refuse(question, said);
    }
  }

  /** No to the message that is coming in: the rest is swallowed, and `said` is the reply at its end. */
  refuseData(said: ServerReply): void {
    const { state, transaction } = this.#dialogue;
    if (state === 'data' || state === 'chunk' || transaction?.chunking) this.#dataRefusal ??= said;
  }

  /** What the mechanism asked for; several may be asked in one exchange. */
  answerAuth(answer: SaslAnswer): void {
    const dialogue = this.#dialogue;
    dialogue.take('auth');
    authStep(dialogue, dialogue.sasl!.answer(answer));
    if (dialogue.state !== 'auth') dialogue.goOn();
  }

  /** The handshake is done: all that was known of the client is forgotten (RFC 3207 §4.2). */
  tlsStarted(): void {
    const dialogue = this.#dialogue;
    dialogue.take('start-tls');
    dialogue.secure = true;
    dialogue.clientDomain = '';
    dialogue.authenticated = false;
    dialogue.transaction = undefined;
    dialogue.goOn();
  }

  /** To `xclient`: the greeting goes out again, to another client. Whether TLS is on stays as it is. */
  startAnew(client: {
    readonly auth: AuthOffered;
    readonly clientDomain: string;
    readonly authenticated: boolean;
  }): void {
    const dialogue = this.#dialogue;
    dialogue.take('xclient');
    dialogue.auth = client.auth;
    dialogue.clientDomain = client.clientDomain;
    dialogue.extended = false;
    dialogue.authenticated = client.authenticated;
    this.#greet();
    dialogue.goOn();
  }

  /** Says `said` (a 421) and is closed. */
  close(said: ServerReply): void {
    this.#dialogue.close(said);
  }

  /** Shutting down: 421 as soon as no message and no answer is under way (RFC 5321 §3.8). */
  drain(): void {
    const dialogue = this.#dialogue;
    dialogue.draining = true;
    const { state, transaction } = dialogue;
    const idle = state === 'command' || state === 'auth' || state === 'rejected';
    if (idle && !transaction?.chunking) dialogue.close(replies.shuttingDown);
  }

  #greet(): void {
    const { hostname, protocol } = this.#dialogue.options;
    this.#dialogue.say(reply(220, null, `${hostname} ${protocol === 'lmtp' ? 'LMTP' : 'ESMTP'} Cartero`));
  }

  #beginTransaction(): void {
    if (this.#asked?.type !== 'mail') return;
    this.#dialogue.transaction = newTransaction(this.#asked);
    this.#dialogue.transactions++;
  }

  #addRecipient(): void {
    const { transaction } = this.#dialogue;
    if (transaction === undefined || this.#asked?.type !== 'rcpt') return;
    transaction.recipients++;
    if (this.#dialogue.options.maxRecipientDomains !== undefined)
      transaction.domains.add(domainOf(this.#asked.forwardPath));
  }

  #step(): ServerEvent | 'need-data' | 'paused' | undefined {
    switch (this.state) {
      case 'waiting': {
        // Asked by the constructor, and not told yet.
        const asked = this.#asked;
        if (asked?.type !== 'connect') return 'paused';
        this.#asked = undefined;
        return asked;
      }
      case 'closed':
        return 'need-data';
      case 'data':
        return this.#readData();
      case 'chunk':
        return this.#readChunk();
      default:
        return this.#readLine();
    }
  }

  #readLine(): ServerEvent | 'need-data' | undefined {
    const dialogue = this.#dialogue;
    const inAuth = dialogue.state === 'auth';
    const line = dialogue.input.line(inAuth ? authLineLimit : commandLineLimit);
    if (line === 'need-data') return line;
    if (line === 'endless') return dialogue.close(replies.tooMuchInput);
    if (inAuth) return authLine(dialogue, line);
    dialogue.verb = '';
    if (line === 'overlong') return dialogue.wrong(replies.lineTooLong);
    const read = readCommand(line);
    dialogue.verb = read.verb;
    if ('wrong' in read) return dialogue.wrong(read.wrong);
    if (dialogue.state === 'rejected' && read.verb !== 'QUIT') return dialogue.wrong(replies.onlyQuit);
    const event = read.command(dialogue, read);
    if (event !== undefined) this.#asked = event;
    if (event?.type === 'reset') this.#forgetMessage();
    return event;
  }

  #beginMessage(said: ServerReply | undefined): void {
    const dialogue = this.#dialogue;
    this.#forgetMessage();
    if (dialogue.chunk !== undefined) {
      this.#chunks = new ChunkReader();
      dialogue.state = 'chunk';
      return;
    }
    this.#data = new DataReader();
    dialogue.state = 'data';
    dialogue.say(said ?? replies.startMail);
  }

  #forgetMessage(): void {
    this.#dataRefusal = undefined;
    this.#chunks = undefined;
  }

  #readData(): ServerEvent | 'need-data' | undefined {
    const data = this.#data;
    // Reached after the last content was handed over: the session may have refused it.
    if (data.ended) return this.#dataRefusal ? this.#swallow(this.#dataRefusal) : this.#dataEnd(data, false);
    const { input, options } = this.#dialogue;
    const chunk = input.chunk();
    if (chunk.length === 0) return 'need-data';
    const { consumed, content } = data.read(chunk);
    input.consume(consumed);
    if (data.size > options.maxMessageBytes) this.#dataRefusal ??= replies.tooLarge;
    if (data.bareLineEnding) this.#dataRefusal ??= replies.bareLineEnding;
    if (this.#dataRefusal !== undefined) return this.#swallow(this.#dataRefusal);
    return content.length > 0 ? { type: 'data', chunk: content } : undefined;
  }

  #dataEnd({ size, eightBit }: { size: number; eightBit: boolean }, binary: boolean): ServerEvent {
    return this.#dialogue.ask('data-end', { type: 'data-end', size, eightBit, binary });
  }

  #swallow(refusal: ServerReply): ServerEvent | undefined {
    if (this.#data.ended) {
      this.#endMessage(refusal);
      return { type: 'data-refused' };
    }
    if (this.#data.received > this.#dialogue.options.maxMessageBytes + MAX_SWALLOWED_BYTES)
      this.#dialogue.close(replies.tooMuchInput);
    return undefined;
  }

  #readChunk(): ServerEvent | 'need-data' | undefined {
    const { input } = this.#dialogue;
    const chunk = this.#dialogue.chunk!;
    if (chunk.left === 0) return this.#chunkEnd();
    const octets = input.chunk().subarray(0, chunk.left);
    if (octets.length === 0) return 'need-data';
    input.consume(octets.length);
    chunk.left -= octets.length;
    if (chunk.refusal !== undefined || this.#dataRefusal !== undefined) return undefined;
    this.#judgeChunk(octets);
    return this.#dataRefusal === undefined ? { type: 'data', chunk: octets } : undefined;
  }

  #judgeChunk(octets: Uint8Array): void {
    const chunks = this.#chunks!;
    const { options, transaction } = this.#dialogue;
    chunks.read(octets);
    if (chunks.size > options.maxMessageBytes) this.#dataRefusal ??= replies.tooLarge;
    if (chunks.bareLineEnding && transaction?.parameters.body !== 'binary')
      this.#dataRefusal ??= replies.bareLineEnding;
  }

  #chunkEnd(): ServerEvent | undefined {
    const dialogue = this.#dialogue;
    const { last, refusal } = dialogue.chunk!;
    dialogue.chunk = undefined;
    if (refusal !== undefined) {
      dialogue.state = 'command';
      return dialogue.wrong(refusal);
    }
    const chunks = this.#chunks!;
    if (last) chunks.end();
    const binary = dialogue.transaction!.parameters.body === 'binary';
    if (chunks.bareLineEnding && !binary) this.#dataRefusal ??= replies.bareLineEnding;
    if (this.#dataRefusal !== undefined) return this.#chunkRefused(this.#dataRefusal, last);
    if (last) return this.#dataEnd(chunks, binary && (chunks.bareLineEnding || chunks.unfitForLines));
    dialogue.say(replies.chunkOk);
    dialogue.state = 'command';
    return undefined;
  }

  /** The transaction is over: chunks that follow are read and refused (RFC 3030 §2). */
  #chunkRefused(said: ServerReply, last: boolean): ServerEvent {
    if (last) this.#endMessage(said);
    else {
      this.#dialogue.transaction = undefined;
      this.#dialogue.say(said);
      this.#dialogue.goOn();
    }
    return { type: 'data-refused' };
  }

  #endMessage(said: ServerReply): void {
    const dialogue = this.#dialogue;
    const times = dialogue.options.protocol === 'lmtp' ? (dialogue.transaction?.recipients ?? 1) : 1;
    for (let i = 0; i < times; i++) dialogue.say(said);
    dialogue.transaction = undefined;
    this.#forgetMessage();
    dialogue.goOn();
  }
}
