import type { Engine } from '../engine.ts';
import { SaslDialogue, type SaslLineStep } from '../sasl/dialogue.ts';
import { createMechanism } from '../sasl/mechanisms.ts';
import { type Command, parseCommand, type WrongCommand } from './command.ts';
import { DataReader } from './server-data.ts';
import type { ServerEvent, ServerOptions, ServerState } from './server-events.ts';
import { extensionKeywords } from './server-extensions.ts';
import { ServerInput } from './server-input.ts';
import {
  authLineLimit,
  commandLineLimit,
  MAX_ERRORS,
  MAX_REFUSALS,
  MAX_REFUSED_RECIPIENTS,
  MAX_SWALLOWED_BYTES,
} from './server-limits.ts';
import { authFailures, replies } from './server-replies.ts';
import { multiLineReply, reply, type ServerReply } from './server-reply.ts';

/** What the session's answer is for. */
type Question = 'mail' | 'rcpt' | 'data-start' | 'data-end' | 'auth' | 'start-tls';

/**
 * The server side of SMTP (RFC 5321) and LMTP (RFC 2033), sans-IO, with PIPELINING, SIZE, 8BITMIME,
 * ENHANCEDSTATUSCODES, STARTTLS and AUTH. It keeps the order of commands and answers all that needs no policy.
 * A command line may end in LF alone; data never.
 */
export class SmtpServer implements Engine<ServerEvent> {
  /** As HELO, EHLO or LHLO gave it; '' before. */
  clientDomain = '';
  /** EHLO or LHLO was said, not HELO. */
  extended = false;
  secure: boolean;
  authenticated = false;
  /** Recipients accepted in this transaction. */
  recipients = 0;
  readonly #options: ServerOptions;
  readonly #input = new ServerInput();
  #output: Uint8Array[] = [];
  #state: ServerState = 'command';
  #question: Question | undefined;
  /** The command being answered, for `observe`. */
  #verb = '';
  #inTransaction = false;
  #recipientsTried = false;
  #data = new DataReader();
  /** Set once the message coming in is refused; said at its end. */
  #dataRefusal: ServerReply | undefined;
  #sasl: SaslDialogue | undefined;
  #errors = 0;
  #refusals = 0;
  #refusedRecipients = 0;
  #draining: ServerReply | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.secure = options.secure;
    const name = options.protocol === 'lmtp' ? 'LMTP' : 'ESMTP';
    this.#say(reply(220, null, `${options.hostname} ${name} Cartero`));
  }

  get state(): ServerState {
    return this.#state;
  }

  get buffered(): number {
    return this.#input.length;
  }

  receive(chunk: Uint8Array): void {
    if (this.#state !== 'closed') this.#input.receive(chunk);
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  next(): ServerEvent | 'need-data' | 'paused' {
    for (;;) {
      if (this.#state === 'waiting') return 'paused';
      if (this.#state === 'closed') return 'need-data';
      const event = this.#state === 'data' ? this.#readData() : this.#readLine();
      if (event !== undefined) return event;
    }
  }

  /** Yes to MAIL, RCPT, DATA or the message itself; `said` is the reply unless the usual one will do. */
  accept(said?: ServerReply): void {
    const question = this.#take('mail', 'rcpt', 'data-start', 'data-end');
    if (question === 'data-start') {
      this.#data = new DataReader();
      this.#dataRefusal = undefined;
      this.#state = 'data';
      this.#say(said ?? replies.startMail);
      return;
    }
    if (question === 'data-end') {
      this.#endMessage(said ?? replies.ok);
      return;
    }
    if (question === 'mail') this.#inTransaction = true;
    else this.recipients++;
    this.#say(said ?? (question === 'mail' ? replies.senderOk : replies.recipientOk));
    this.#goOn();
  }

  /** No to what was asked. A 421 closes the connection. */
  refuse(said: ServerReply): void {
    const question = this.#take('mail', 'rcpt', 'data-start', 'data-end', 'auth');
    if (said.code === 421) {
      this.close(said);
      return;
    }
    if (question === 'data-end') {
      this.#endMessage(said);
      return;
    }
    if (question === 'data-start') this.#endTransaction();
    this.#say(said);
    if (question !== 'auth' && this.#tooManyRefusals(question, said)) this.close(replies.tooManyErrors);
    else this.#goOn();
  }

  /** No to the message that is coming in: the rest is swallowed, and `said` is the reply at its end. */
  refuseData(said: ServerReply): void {
    if (this.#state === 'data') this.#dataRefusal ??= said;
  }

  answerAuth(accepted: boolean): void {
    this.#take('auth');
    this.#authStep(this.#sasl!.answer({ kind: 'verdict', accepted }));
    if (this.#state !== 'auth') this.#goOn();
  }

  /** The handshake is done: all that was known of the client is forgotten (RFC 3207 §4.2). */
  tlsStarted(): void {
    this.#take('start-tls');
    this.secure = true;
    this.clientDomain = '';
    this.authenticated = false;
    this.#endTransaction();
    this.#goOn();
  }

  /** Says `said` (a 421) and is closed. */
  close(said: ServerReply): void {
    if (this.#state === 'closed') return;
    this.#say(said);
    this.#end();
  }

  /** Shutting down: 421 as soon as no message and no answer is under way (RFC 5321 §3.8). */
  drain(): void {
    this.#draining = replies.shuttingDown;
    if (this.#state === 'command' || this.#state === 'auth') this.close(replies.shuttingDown);
  }

  #take(...expected: readonly Question[]): Question {
    const question = this.#question;
    if (question === undefined || !expected.includes(question)) {
      throw new Error(`smtp server: an answer to ${expected.join('/')}, but the question is ${question}`);
    }
    this.#question = undefined;
    return question;
  }

  #ask<Event extends ServerEvent>(question: Question, event: Event): Event {
    this.#question = question;
    this.#state = 'waiting';
    return event;
  }

  #tooManyRefusals(question: Question, said: ServerReply): boolean {
    this.#refusals++;
    if (question === 'rcpt' && said.code >= 500) this.#refusedRecipients++;
    return this.#refusals >= MAX_REFUSALS || this.#refusedRecipients >= MAX_REFUSED_RECIPIENTS;
  }

  #goOn(): void {
    if (this.#state === 'closed') return;
    this.#state = 'command';
    if (this.#draining) this.close(this.#draining);
  }

  #say(said: ServerReply): void {
    this.#output.push(said.bytes);
    this.#options.observe?.(this.#verb, said.code);
  }

  #end(): void {
    this.#state = 'closed';
    this.#question = undefined;
    this.#input.clear();
  }

  /** A command that is wrong. Many of them end the connection. */
  #wrong(said: ServerReply): undefined {
    if (++this.#errors >= MAX_ERRORS) this.close(replies.tooManyErrors);
    else if (said.code === 421) this.close(said);
    else this.#say(said);
  }

  #readLine(): ServerEvent | 'need-data' | undefined {
    const inAuth = this.#state === 'auth';
    const line = this.#input.line(inAuth ? authLineLimit : commandLineLimit);
    if (line === 'need-data') return line;
    if (line === 'endless') return void this.close(replies.tooMuchInput);
    if (inAuth) return this.#authLine(line);
    this.#verb = '';
    if (line === 'overlong') return this.#wrong(replies.lineTooLong);
    const command = parseCommand(line.toString('latin1'));
    this.#verb = command.verb;
    return 'wrong' in command ? this.#wrongCommand(command) : this.#command(command);
  }

  /** An argument is judged before the order: RFC 5321 does not say which; who corrects both gets there either way. */
  #wrongCommand(command: WrongCommand): undefined {
    this.#wrong(
      isHello(command.verb) && this.#isOtherProtocol(command.verb) ? replies.wrongProtocol : command.wrong,
    );
  }

  #command(command: Command): ServerEvent | undefined {
    switch (command.verb) {
      case 'HELO':
      case 'EHLO':
      case 'LHLO':
        return this.#hello(command.verb, command.domain);
      case 'MAIL':
        return this.#mail(command);
      case 'RCPT':
        return this.#rcpt(command.forwardPath);
      case 'DATA':
        return this.#dataCommand();
      case 'AUTH':
        return this.#auth(command.mechanism, command.initial);
      case 'STARTTLS':
        return this.#startTls();
      case 'RSET':
        this.#say(replies.ok);
        return this.#reset();
      case 'NOOP':
        return void this.#say(replies.ok);
      case 'VRFY':
        return void this.#say(replies.verify);
      case 'HELP':
        return void this.#say(replies.help);
      case 'QUIT':
        return void this.close(replies.bye);
    }
  }

  #isOtherProtocol(verb: string): boolean {
    return (verb === 'LHLO') !== (this.#options.protocol === 'lmtp');
  }

  #hello(verb: 'HELO' | 'EHLO' | 'LHLO', domain: string): ServerEvent | undefined {
    if (this.#isOtherProtocol(verb)) return this.#wrong(replies.wrongProtocol);
    this.clientDomain = domain;
    this.extended = verb !== 'HELO';
    const { hostname } = this.#options;
    this.#say(
      this.extended ? multiLineReply(250, [hostname, ...this.#extensions()]) : reply(250, null, hostname),
    );
    return this.#reset();
  }

  #extensions(): string[] {
    return extensionKeywords({
      maxMessageBytes: this.#options.maxMessageBytes,
      startTls: this.#options.startTls && !this.secure,
      auth: this.authOffered,
    });
  }

  /** AUTH may be said now. */
  get authOffered(): boolean {
    const { auth } = this.#options;
    return auth === 'always' || (auth === 'under-tls' && this.secure);
  }

  #mail(command: Command & { verb: 'MAIL' }): ServerEvent | undefined {
    if (this.clientDomain === '') return this.#wrong(replies.sayHelloFirst);
    if (this.#inTransaction) return this.#wrong(replies.nestedMail);
    const { size, body, auth } = command.parameters;
    if (auth && !this.authOffered) return this.#wrong(replies.parameterUnknown);
    if (size > this.#options.maxMessageBytes) return void this.#say(replies.tooLarge);
    return this.#ask('mail', { type: 'mail', reversePath: command.reversePath, size, body });
  }

  #rcpt(forwardPath: string): ServerEvent | undefined {
    if (!this.#inTransaction)
      return this.#wrong(this.clientDomain === '' ? replies.sayHelloFirst : replies.sayMailFirst);
    if (this.recipients >= this.#options.maxRecipients) return void this.#say(replies.tooManyRecipients);
    this.#recipientsTried = true;
    return this.#ask('rcpt', { type: 'rcpt', forwardPath });
  }

  #dataCommand(): ServerEvent | undefined {
    if (!this.#inTransaction)
      return this.#wrong(this.clientDomain === '' ? replies.sayHelloFirst : replies.sayMailFirst);
    if (this.recipients > 0) return this.#ask('data-start', { type: 'data-start' });
    const refused = this.#recipientsTried && this.#options.protocol === 'smtp';
    return this.#wrong(refused ? replies.noValidRecipients : replies.sayRcptFirst);
  }

  #startTls(): ServerEvent | undefined {
    if (this.secure) return this.#wrong(replies.tlsAlready);
    if (!this.#options.startTls) return this.#wrong(replies.tlsNotOffered);
    this.#say(replies.readyForTls);
    return this.#ask('start-tls', { type: 'start-tls' });
  }

  #auth(mechanism: string, initial: string | undefined): ServerEvent | undefined {
    if (this.#options.auth === 'never') return this.#wrong(replies.authNotOffered);
    if (this.clientDomain === '') return this.#wrong(replies.sayHelloFirst);
    if (this.authenticated) return this.#wrong(replies.authAlready);
    if (this.#inTransaction) return this.#wrong(replies.authInTransaction);
    if (!this.authOffered) return this.#wrong(replies.authNeedsTls);
    const made = createMechanism(mechanism);
    if (made === undefined) return this.#wrong(replies.authMechanism);
    this.#sasl = new SaslDialogue(made);
    return this.#authStep(this.#sasl.start(initial));
  }

  #authLine(line: Buffer | 'overlong'): ServerEvent | undefined {
    if (line === 'overlong') return this.#authFailed(replies.authLineTooLong);
    return this.#authStep(this.#sasl!.line(line.toString('latin1')));
  }

  #authStep(step: SaslLineStep): ServerEvent | undefined {
    switch (step.type) {
      case 'challenge':
        this.#state = 'auth';
        this.#say(reply(334, null, step.text));
        return undefined;
      case 'verify':
        return this.#ask('auth', { type: 'auth', credentials: step.credentials });
      case 'success':
        this.authenticated = true;
        return void this.#say(replies.authenticated);
      case 'failure':
        return this.#authFailed(authFailures[step.reason]);
    }
  }

  #authFailed(said: ServerReply): undefined {
    this.#state = 'command';
    this.#wrong(said);
  }

  #readData(): ServerEvent | 'need-data' | undefined {
    const data = this.#data;
    // Reached after the last content was handed over: the session may have refused it.
    if (data.ended) return this.#dataRefusal ? this.#swallow(this.#dataRefusal) : this.#dataEnd(data);
    const chunk = this.#input.chunk();
    if (chunk.length === 0) return 'need-data';
    const { consumed, content } = data.read(chunk);
    this.#input.consume(consumed);
    if (data.size > this.#options.maxMessageBytes) this.#dataRefusal ??= replies.tooLarge;
    if (data.bareLineEnding) this.#dataRefusal ??= replies.bareLineEnding;
    if (this.#dataRefusal !== undefined) return this.#swallow(this.#dataRefusal);
    return content.length > 0 ? { type: 'data', chunk: content } : undefined;
  }

  #dataEnd({ size, eightBit }: DataReader): ServerEvent {
    return this.#ask('data-end', { type: 'data-end', size, eightBit });
  }

  #swallow(refusal: ServerReply): ServerEvent | undefined {
    if (this.#data.ended) {
      this.#endMessage(refusal);
      return { type: 'data-refused' };
    }
    if (this.#data.received > this.#options.maxMessageBytes + MAX_SWALLOWED_BYTES)
      this.close(replies.tooMuchInput);
    return undefined;
  }

  #endMessage(said: ServerReply): void {
    const times = this.#options.protocol === 'lmtp' ? this.recipients : 1;
    for (let i = 0; i < times; i++) this.#say(said);
    this.#endTransaction();
    this.#goOn();
  }

  #reset(): ServerEvent | undefined {
    const begun = this.#inTransaction;
    this.#endTransaction();
    return begun ? { type: 'reset' } : undefined;
  }

  #endTransaction(): void {
    this.#inTransaction = false;
    this.#recipientsTried = false;
    this.recipients = 0;
  }
}

function isHello(verb: string): boolean {
  return verb === 'HELO' || verb === 'EHLO' || verb === 'LHLO';
}
