import type { SaslDialogue } from '../sasl/dialogue.ts';
import type { AuthOffered, Question, ServerEvent, ServerOptions, ServerState } from './server-events.ts';
import { extensionKeywords } from './server-extensions.ts';
import { ServerInput } from './server-input.ts';
import { MAX_ERRORS, MAX_REFUSALS, MAX_REFUSED_RECIPIENTS } from './server-limits.ts';
import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';
import type { Transaction } from './server-transaction.ts';

/** A BDAT chunk that is to be read (RFC 3030 §2). */
export interface Chunk {
  /** Octets still to come. */
  left: number;
  readonly last: boolean;
  /** Said at its end; its octets are dropped. */
  readonly refusal?: ServerReply;
}

/** What a session of SMTP has come to: the commands read and change it, and speak through it. */
export class ServerDialogue {
  readonly options: ServerOptions;
  readonly input = new ServerInput();
  state: ServerState = 'command';
  question: Question | undefined;
  /** As HELO, EHLO or LHLO gave it; '' before. */
  clientDomain = '';
  /** EHLO or LHLO was said, not HELO. */
  extended = false;
  secure: boolean;
  auth: AuthOffered;
  authenticated = false;
  transaction: Transaction | undefined;
  /** Transactions begun. */
  transactions = 0;
  chunk: Chunk | undefined;
  sasl: SaslDialogue | undefined;
  /** The command being answered, for `observe`. */
  verb = '';
  draining = false;
  #output: Uint8Array[] = [];
  #errors = 0;
  #refusals = 0;
  #refusedRecipients = 0;

  constructor(options: ServerOptions) {
    this.options = options;
    this.secure = options.secure;
    this.auth = options.auth;
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  say(said: ServerReply): undefined {
    this.#output.push(said.bytes);
    this.options.observe?.(this.verb, said.code);
  }

  /** Says no to a command that is wrong. Many of them end the connection. */
  wrong(said: ServerReply): undefined {
    const { maxErrors = MAX_ERRORS } = this.options;
    if (++this.#errors >= maxErrors) this.close(replies.tooManyErrors);
    else if (said.code === 421) this.close(said);
    else this.say(said);
  }

  /** Says the session's no. Many of them end the connection. */
  refuse(question: Question, said: ServerReply): void {
    this.say(said);
    this.#refusals++;
    const asksWhoIsThere = question === 'rcpt' || question === 'verify' || question === 'expand';
    if (asksWhoIsThere && said.code >= 500) this.#refusedRecipients++;
    const { maxRefusedRecipients = MAX_REFUSED_RECIPIENTS } = this.options;
    if (this.#refusals >= MAX_REFUSALS || this.#refusedRecipients >= maxRefusedRecipients)
      this.close(replies.tooManyErrors);
    else this.goOn();
  }

  ask<Event extends ServerEvent>(question: Question, event: Event): Event {
    this.question = question;
    this.state = 'waiting';
    return event;
  }

  /** What the session answers. Throws when that was not asked. */
  take(...expected: readonly Question[]): Question {
    const { question } = this;
    if (question === undefined || !expected.includes(question)) {
      throw new Error(`smtp server: an answer to ${expected.join('/')}, but the question is ${question}`);
    }
    this.question = undefined;
    return question;
  }

  /** Back to reading commands. */
  goOn(): void {
    if (this.state === 'closed') return;
    this.state = 'command';
    if (this.draining) this.close(replies.shuttingDown);
  }

  close(said: ServerReply): undefined {
    if (this.state === 'closed') return;
    this.say(said);
    this.state = 'closed';
    this.question = undefined;
    this.input.clear();
  }

  /** Drops the transaction, if there is one. */
  reset(): ServerEvent | undefined {
    const begun = this.transaction !== undefined;
    this.transaction = undefined;
    return begun ? { type: 'reset' } : undefined;
  }

  /** AUTH may be said now. */
  get authOffered(): boolean {
    return this.auth === 'always' || (this.auth === 'under-tls' && this.secure);
  }

  /** What EHLO offers now. */
  get extensions(): string[] {
    return extensionKeywords(this.options, { secure: this.secure, auth: this.authOffered });
  }

  /** For commands within a transaction: what is missing, if anything. */
  get noTransaction(): ServerReply | undefined {
    if (this.transaction !== undefined) return undefined;
    return this.clientDomain === '' ? replies.sayHelloFirst : replies.sayMailFirst;
  }
}
