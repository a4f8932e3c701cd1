import type { Engine } from '../engine.ts';
import { MAX_SASL_LINE_BYTES } from '../sasl/dialogue.ts';
import { type Pop3Command, type Pop3State, STATES } from './command.ts';
import { type BadCommand, parseCommand } from './command-parser.ts';
import { MAX_BAD_COMMANDS, MAX_LINE_OCTETS } from './limits.ts';
import { LineReader } from './line-reader.ts';

/** A line of a SASL exchange, in base64; null when the client cancels with `*` (RFC 5034 §4). */
export interface SaslResponse {
  readonly type: 'response';
  readonly response: string | null;
}

export type Pop3Event = Pop3Command | SaslResponse;

/** Response codes in brackets (RFC 2449 §8, RFC 3206). */
export type ResponseCode = 'IN-USE' | 'LOGIN-DELAY' | 'SYS/TEMP' | 'SYS/PERM' | 'AUTH';

const TERMINATOR = '.\r\n';

/**
 * The server side of POP3 (RFC 1939): lines in, commands out, replies in order. It keeps the state
 * (AUTHORIZATION, TRANSACTION), refuses what the state does not allow, and after each event waits for its reply:
 * `ok`, `err`, `challenge`, or `begin` … `end` for a multi-line response.
 */
export class Pop3Engine implements Engine<Pop3Event> {
  #state: Pop3State | 'closed' | 'error' = 'authorization';
  readonly #lines = new LineReader();
  #output: Uint8Array[] = [];
  /** Text not yet encoded: replies of a pipelined batch become one Buffer. */
  #text = '';
  #awaiting: 'line' | 'sasl' | 'reply' | 'tls' = 'line';
  /** In a row. */
  #badCommands = 0;

  get state(): Pop3State | 'closed' | 'error' {
    return this.#state;
  }

  get buffered(): number {
    return this.#lines.buffered;
  }

  receive(chunk: Uint8Array): void {
    if (this.#state !== 'closed' && this.#state !== 'error') this.#lines.write(chunk);
  }

  next(): Pop3Event | 'need-data' | 'paused' {
    for (;;) {
      if (this.#state === 'closed' || this.#state === 'error') return 'need-data';
      if (this.#awaiting === 'reply' || this.#awaiting === 'tls') return 'paused';
      const sasl = this.#awaiting === 'sasl';
      const line = this.#lines.read(sasl ? MAX_SASL_LINE_BYTES : MAX_LINE_OCTETS);
      if (line === 'need-data') return line;
      const event = sasl ? this.#saslEvent(line) : this.#commandEvent(line);
      if (event === null) continue;
      this.#awaiting = 'reply';
      return event;
    }
  }

  takeOutput(): Uint8Array[] {
    this.#encodeText();
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** The greeting; without a timestamp, as APOP is not offered. */
  greet(text: string): void {
    this.#text += `+OK ${text}\r\n`;
  }

  ok(text: string): void {
    this.#text += `+OK ${text}\r\n`;
    this.#replied();
  }

  err(text: string, code?: ResponseCode): void {
    this.#text += code === undefined ? `-ERR ${text}\r\n` : `-ERR [${code}] ${text}\r\n`;
    this.#replied();
  }

  /** `+ <base64>`: the next line is the client's response. */
  challenge(base64: string): void {
    this.#text += `+ ${base64}\r\n`;
    this.#awaiting = 'sasl';
  }

  /** Answers STLS and stops reading, until `restart` after the handshake. */
  startTls(text: string): void {
    this.ok(text);
    this.#awaiting = 'tls';
  }

  /** TLS is up; what was known of the client is forgotten (RFC 2595 §4). */
  restart(): void {
    this.#state = 'authorization';
    this.#awaiting = 'line';
  }

  /** Logged in, the maildrop is locked: TRANSACTION. */
  enterTransaction(): void {
    this.#state = 'transaction';
  }

  /** The first line of a multi-line response; goes on with `line` or `data` until `end`. */
  begin(text: string): void {
    this.#text += `+OK ${text}\r\n`;
  }

  /** A line of a listing. It must not begin with a dot. */
  line(text: string): void {
    this.#text += `${text}\r\n`;
  }

  /** Lines of a message, already dot-stuffed. */
  data(chunks: readonly Uint8Array[]): void {
    this.#encodeText();
    for (const chunk of chunks) this.#output.push(chunk);
  }

  end(): void {
    this.#text += TERMINATOR;
    this.#replied();
  }

  /** No more is read; what was answered is still sent. */
  close(): void {
    this.#state = 'closed';
  }

  #saslEvent(line: Buffer | 'too-long'): SaslResponse | null {
    if (line === 'too-long') return this.#refuse('line too long');
    const response = line.toString('latin1');
    return { type: 'response', response: response === '*' ? null : response };
  }

  #commandEvent(line: Buffer | 'too-long'): Pop3Command | null {
    if (line === 'too-long') return this.#refuse('line too long');
    const command: Pop3Command | BadCommand = parseCommand(line.toString('utf8'));
    if (command.type === 'bad') return this.#refuse(command.text);
    this.#badCommands = 0;
    if (!STATES[command.type].includes(this.#state as Pop3State)) {
      this.err(this.#state === 'transaction' ? 'you are logged in already' : 'log in first');
      return null;
    }
    return command;
  }

  #refuse(text: string): null {
    this.err(text);
    this.#badCommands += 1;
    if (this.#badCommands >= MAX_BAD_COMMANDS) {
      this.#text += '-ERR too many bad commands, closing\r\n';
      this.#state = 'error';
    }
    return null;
  }

  #replied(): void {
    this.#awaiting = 'line';
  }

  #encodeText(): void {
    if (this.#text === '') return;
    this.#output.push(Buffer.from(this.#text, 'utf8'));
    this.#text = '';
  }
}
