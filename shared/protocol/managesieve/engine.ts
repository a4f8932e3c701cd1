import type { Engine } from '../engine.ts';
import { type ManageSieveCommand, type ManageSieveEvent, type ManageSieveState, STATES } from './command.ts';
import {
  MAX_BAD_COMMANDS,
  MAX_LINE_OCTETS,
  MAX_LITERAL_OCTETS,
  MAX_LITERALS,
  MAX_SKIPPED_OCTETS,
} from './limits.ts';
import { parseCommand, type Word, wordsOf } from './parse-command.ts';
import { formatString } from './string.ts';

/** RFC 5804 §1.3. */
export type ManageSieveCode =
  | 'ACTIVE'
  | 'ALREADYEXISTS'
  | 'AUTH-TOO-WEAK'
  | 'ENCRYPT-NEEDED'
  | 'NONEXISTENT'
  | 'QUOTA/MAXSCRIPTS'
  | 'QUOTA/MAXSIZE'
  | 'TRYLATER';

const LF = 10;
const CR = 13;
const NOTHING: Buffer = Buffer.alloc(0);
const LITERAL = /(?:^|(?<= ))\{(\d{1,10})\+?\}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The server side of ManageSieve (RFC 5804): commands out, responses in order. After each event it waits for its
 * reply: `ok`, `no`, `challenge`, `startTls`.
 */
export class ManageSieveEngine implements Engine<ManageSieveEvent> {
  #state: ManageSieveState | 'closed' | 'error' = 'non-authenticated';
  /** Bytes not yet read; of a long literal the chunks are put together once. */
  #pending = NOTHING;
  #chunks: Buffer[] = [];
  #gathered = 0;
  #output: Uint8Array[] = [];
  #awaiting: 'command' | 'sasl' | 'reply' | 'tls' = 'command';
  /** The command under way: its words so far, and the literal that is to come. */
  #words: Word[] = [];
  #literals = 0;
  #literalLeft: number | undefined;
  /** What is wrong with the command under way; it is read to its end first. */
  #problem: { text: string; code?: ManageSieveCode } | undefined;
  #skipping = 0;
  #badCommands = 0;

  get state(): string {
    return this.#state;
  }

  get buffered(): number {
    return this.#pending.length + this.#gathered;
  }

  receive(chunk: Uint8Array): void {
    if (this.#ended()) return;
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#gathered += chunk.byteLength;
  }

  next(): ManageSieveEvent | 'need-data' | 'paused' {
    for (;;) {
      if (this.#ended()) return 'need-data';
      if (this.#awaiting === 'reply' || this.#awaiting === 'tls') return 'paused';
      const words = this.#command();
      if (words === null) return 'need-data';
      const event = this.#awaiting === 'sasl' ? this.#saslEvent(words) : this.#commandEvent(words);
      if (event === null) continue;
      this.#awaiting = 'reply';
      return event;
    }
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** A line of a response, before `ok`: strings (RFC 5804 §1.2), and then atoms as they are. */
  line(strings: readonly string[], ...atoms: readonly string[]): void {
    this.#write([...strings.map(formatString), ...atoms].join(' '));
  }

  ok(text: string, code?: string): void {
    this.#final('OK', text, code);
  }

  no(text: string, code?: ManageSieveCode): void {
    this.#final('NO', text, code);
  }

  /** The text without a command before it: the greeting, and after TLS is up. */
  greet(text: string): void {
    this.#write(`OK ${formatString(text)}`);
  }

  /** Says why, and ends. */
  bye(text: string): void {
    if (this.#ended()) return;
    this.#write(`BYE ${formatString(text)}`);
    this.#state = 'closed';
  }

  /** A SASL challenge, base64: the next string is the client's response. */
  challenge(base64: string): void {
    this.#write(formatString(base64));
    this.#awaiting = 'sasl';
  }

  startTls(text: string): void {
    this.ok(text);
    this.#awaiting = 'tls';
  }

  /** TLS is up; what was known of the client is forgotten (RFC 5804 §2.2). */
  restart(): void {
    this.#state = 'non-authenticated';
    this.#awaiting = 'command';
  }

  authenticated(): void {
    this.#state = 'authenticated';
  }

  unauthenticated(): void {
    this.#state = 'non-authenticated';
  }

  close(): void {
    this.#state = 'closed';
  }

  /** The words of a whole command, literals in place; null: more must come. */
  #command(): Word[] | null {
    for (;;) {
      if (this.#ended() || this.buffered < (this.#literalLeft ?? 0)) return null;
      this.#gather();
      if (this.#skipping > 0) {
        const skipped = Math.min(this.#skipping, this.#pending.length);
        this.#advance(skipped);
        this.#skipping -= skipped;
        if (this.#skipping > 0) return null;
      }
      if (this.#literalLeft !== undefined) this.#takeLiteral(this.#literalLeft);
      const end = this.#pending.indexOf(LF);
      if (end > MAX_LINE_OCTETS || (end < 0 && this.#pending.length > MAX_LINE_OCTETS)) {
        this.bye('the line is too long');
        this.#state = 'error';
        return null;
      }
      if (end < 0) return null;
      const line = this.#decoded(this.#pending.subarray(0, this.#pending[end - 1] === CR ? end - 1 : end));
      this.#advance(end + 1);
      const literal = LITERAL.exec(line);
      // A word before and the next literal, or the end, have one space between them.
      this.#readWords(literal === null ? line : line.slice(0, literal.index).trimEnd());
      if (literal === null) return this.#takeWords();
      this.#announce(Number(literal[1]));
    }
  }

  #gather(): void {
    if (this.#gathered === 0) return;
    this.#pending = Buffer.concat([this.#pending, ...this.#chunks]);
    this.#chunks = [];
    this.#gathered = 0;
  }

  #takeWords(): Word[] {
    const words = this.#words;
    this.#words = [];
    this.#literals = 0;
    return words;
  }

  #readWords(text: string): void {
    const words = wordsOf(this.#literals > 0 ? text.replace(/^ /, '') : text);
    if (words === null) this.#problem ??= { text: 'the command cannot be read' };
    else this.#words.push(...words);
  }

  #announce(octets: number): void {
    this.#literals += 1;
    if (this.#literals > MAX_LITERALS || octets > MAX_SKIPPED_OCTETS) {
      this.bye('the literal is too large');
      this.#state = 'error';
    } else if (octets > (this.#state === 'authenticated' ? MAX_LITERAL_OCTETS : MAX_LINE_OCTETS)) {
      this.#problem ??= { text: 'the literal is too large', code: 'QUOTA/MAXSIZE' };
      this.#skipping = octets;
    } else this.#literalLeft = octets;
  }

  #takeLiteral(octets: number): void {
    this.#words.push({ kind: 'string', text: this.#decoded(this.#pending.subarray(0, octets)) });
    this.#advance(octets);
    this.#literalLeft = undefined;
  }

  #decoded(bytes: Buffer): string {
    try {
      return utf8.decode(bytes);
    } catch {
      this.#problem ??= { text: 'that is not UTF-8' };
      return '';
    }
  }

  #saslEvent(words: readonly Word[]): ManageSieveEvent | null {
    const problem = this.#takeProblem();
    const [word] = words;
    if (problem !== undefined || word?.kind !== 'string' || words.length !== 1) {
      this.no('the exchange is over');
      return null;
    }
    return { type: 'response', response: word.text === '*' ? null : word.text };
  }

  #commandEvent(words: readonly Word[]): ManageSieveCommand | null {
    const problem = this.#takeProblem();
    if (problem !== undefined) return this.#refuse(problem.text, problem.code);
    const command = parseCommand(words);
    if (command.type === 'bad') return this.#refuse(command.text);
    this.#badCommands = 0;
    if (STATES[command.type].includes(this.#state as ManageSieveState)) return command;
    this.no(this.#state === 'authenticated' ? 'you are logged in already' : 'log in first');
    return null;
  }

  #takeProblem(): { text: string; code?: ManageSieveCode } | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem;
  }

  #refuse(text: string, code?: ManageSieveCode): null {
    this.no(text, code);
    this.#badCommands += 1;
    if (this.#badCommands >= MAX_BAD_COMMANDS) {
      this.bye('too many bad commands');
      this.#state = 'error';
    }
    return null;
  }

  #final(status: string, text: string, code: string | undefined): void {
    this.#write(`${status}${code === undefined ? '' : ` (${code})`} ${formatString(text)}`);
    this.#awaiting = 'command';
  }

  #write(line: string): void {
    this.#output.push(Buffer.from(`${line}\r\n`));
  }

  #advance(count: number): void {
    this.#pending = count === this.#pending.length ? NOTHING : this.#pending.subarray(count);
  }

  #ended(): boolean {
    return this.#state === 'closed' || this.#state === 'error';
  }
}
