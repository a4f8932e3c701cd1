import type { Engine } from '../engine.ts';
import { AppendReader } from './append-reader.ts';
import { type AppendTarget, isAppend, readAppendTarget } from './append-target.ts';
import { Cursor, ImapSyntaxError } from './cursor.ts';
import type { ImapEvent } from './event.ts';
import { InputBuffer } from './input-buffer.ts';
import {
  MAX_LINE_BYTES,
  MAX_LITERAL_BYTES,
  MAX_LITERAL_BYTES_BEFORE_LOGIN,
  MAX_URL_BYTES,
} from './limits.ts';
import { type LiteralHeader, literalAtEnd } from './literal-header.ts';
import { parseCommand, tagOf } from './parse-command.ts';
import { ResponseWriter } from './response-writer.ts';
import { type ImapState, wrongState } from './state.ts';

export type { ImapEvent };

type Mode =
  /** Lines and small literals of one command. */
  | { readonly in: 'command' }
  | { readonly in: 'literal'; readonly size: number }
  /** What is left of a command that was refused: so many bytes of a literal, then the rest of the line. */
  | { readonly in: 'swallow'; left: number }
  /** Of an APPEND or REPLACE: what its reader says, a line for it, a literal of its own, bytes of a message. */
  | { readonly in: 'append' }
  | { readonly in: 'append-line' }
  | { readonly in: 'append-string'; readonly size: number }
  | { readonly in: 'append-data'; left: number }
  | { readonly in: 'response' }
  | { readonly in: 'idle' };

/** Of a line whose end has not come, so many bytes are looked at for its tag. */
const TAG_BYTES = 1_024;

/** Of a line passed over, so much of its end is kept as the longest announcement of a literal needs. */
const KEPT_BYTES = 64;

const COMMAND: Mode = { in: 'command' };
const APPEND: Mode = { in: 'append' };
const APPEND_LINE: Mode = { in: 'append-line' };

/**
 * The server's side of IMAP (RFC 3501), sans-IO: bytes in, events out (see `../engine.ts`). It knows framing, grammar
 * and the four states; what a command does is the session's.
 */
export class ImapServerEngine implements Engine<ImapEvent> {
  readonly out = new ResponseWriter();
  /** Mailbox names are UTF-8 from now on (ENABLE IMAP4rev2 or UTF8=ACCEPT); else modified UTF-7. */
  utf8 = false;
  readonly #input = new InputBuffer();
  #state: ImapState = 'not-authenticated';
  #mode: Mode = COMMAND;
  #paused = false;
  #pieces: Buffer[] = [];
  #lineBytes = 0;
  /** The line that was too long, when its end had come. */
  #overlong: Buffer | undefined;
  #literalBytes = 0;
  #append:
    | {
        readonly tag: string;
        readonly target: AppendTarget;
        readonly reader: AppendReader;
        announced: boolean;
      }
    | undefined;

  receive(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  get buffered(): number {
    return this.#input.length + this.#lineBytes + this.#literalBytes;
  }

  get state(): ImapState {
    return this.#state;
  }

  /** IDLE waits for DONE. */
  get idling(): boolean {
    return this.#mode.in === 'idle';
  }

  takeOutput(): Uint8Array[] {
    return this.out.take();
  }

  enter(state: Exclude<ImapState, 'closed'>): void {
    if (this.#state !== 'closed') this.#state = state;
  }

  next(): ImapEvent | 'need-data' | 'paused' {
    while (this.#state !== 'closed') {
      if (this.#paused) return 'paused';
      const event = this.#step();
      if (event !== undefined) return event;
    }
    return 'need-data';
  }

  // ---- the session's answers

  /** Ends the command. `text`: response code and text. A command without tag is answered untagged. */
  tagged(tag: string, status: 'OK' | 'NO' | 'BAD', text: string): void {
    this.out.line(`${tag} ${status} ${text}`);
    this.#paused = false;
    if (this.#mode.in === 'response' || this.#mode.in === 'idle') this.#mode = COMMAND;
  }

  /** Asks for a line: a SASL challenge in base64. */
  challenge(base64: string): void {
    this.out.line(`+ ${base64}`);
    this.#mode = { in: 'response' };
    this.#paused = false;
  }

  /** Waits for DONE (RFC 2177). */
  idle(): void {
    this.out.line('+ idling');
    this.#mode = { in: 'idle' };
    this.#paused = false;
  }

  /** Goes on with the APPEND: an announced literal may come. */
  proceed(): void {
    const append = this.#append;
    if (append?.announced) {
      const { size, synchronizing } = append.reader.take();
      if (synchronizing) this.out.line('+ OK');
      append.announced = false;
      this.#mode = { in: 'append-data', left: size };
    }
    this.#paused = false;
  }

  /** Ends the APPEND under way, whose client may still be sending: that is passed over. */
  refuseAppend(tag: string, status: 'NO' | 'BAD', text: string): void {
    this.#endAppend();
    this.tagged(tag, status, text);
  }

  /** Says goodbye: final. */
  bye(text: string): void {
    if (this.#state === 'closed') return;
    this.out.line(`* BYE ${text}`);
    this.close();
  }

  close(): void {
    this.#state = 'closed';
  }

  // ---- framing

  #step(): ImapEvent | 'need-data' | undefined {
    const mode = this.#mode;
    switch (mode.in) {
      case 'command':
        return this.#commandLine();
      case 'literal':
        if (this.#input.length < mode.size) return 'need-data';
        this.#pieces.push(this.#input.take(mode.size));
        this.#mode = COMMAND;
        return undefined;
      case 'swallow':
        return this.#swallow(mode);
      case 'append':
        return this.#appendStep();
      case 'append-line':
        return this.#appendLine();
      case 'append-string':
        return this.#appendString(mode.size);
      case 'append-data':
        return this.#appendData(mode);
      case 'response':
        return this.#responseLine();
      case 'idle':
        return this.#idleLine();
    }
  }

  #commandLine(): ImapEvent | 'need-data' | undefined {
    const line = this.#line();
    if (typeof line === 'string') return line === 'too-long' ? this.#lineTooLong() : line;
    this.#pieces.push(line);
    const literal = literalAtEnd(line);
    const refused = this.#state === 'not-authenticated' ? undefined : this.#appendStart(line, literal);
    if (refused !== undefined || this.#append !== undefined) return refused;
    if (literal !== null) return this.#literal(literal);
    const bytes = this.#takeCommand();
    if (bytes.length <= 2 && /^\r?\n$/.test(bytes.toString('latin1'))) return undefined;
    return this.#parse(bytes);
  }

  /** One line, its length counted to the command's. */
  #line(): Buffer | 'need-data' | 'too-long' {
    const line = this.#input.takeLine();
    const length = line === undefined ? this.#input.length : line.length;
    if (this.#lineBytes + length > MAX_LINE_BYTES) {
      this.#overlong = line;
      return 'too-long';
    }
    if (line === undefined) return 'need-data';
    this.#lineBytes += length;
    return line;
  }

  #lineTooLong(): ImapEvent {
    const line = this.#overlong;
    const head = this.#pieces[0] ?? line ?? this.#input.take(TAG_BYTES);
    this.#takeCommand();
    const literal = line === undefined ? null : literalAtEnd(line);
    if (line === undefined) this.#mode = { in: 'swallow', left: 0 };
    else if (literal === null || literal.synchronizing) this.#mode = COMMAND;
    else this.#mode = { in: 'swallow', left: literal.size };
    return this.#invalid(tagOf(head), '[TOOBIG] Command line too long');
  }

  #literal(literal: LiteralHeader): ImapEvent | undefined {
    const limit = this.#state === 'not-authenticated' ? MAX_LITERAL_BYTES_BEFORE_LOGIN : MAX_LITERAL_BYTES;
    if (this.#literalBytes + literal.size > limit) {
      const tag = tagOf(this.#takeCommand());
      return this.#refusedLiteral(literal, tag, '[TOOBIG] Literal too large');
    }
    this.#literalBytes += literal.size;
    this.#mode = { in: 'literal', size: literal.size };
    if (literal.synchronizing) this.out.line('+ OK');
    return undefined;
  }

  /** The literal is not wanted: one that waits for `+` will not come, any other is passed over. */
  #refusedLiteral(literal: LiteralHeader, tag: string | null, text: string): ImapEvent {
    if (!literal.synchronizing) this.#mode = { in: 'swallow', left: literal.size };
    return this.#invalid(tag, text);
  }

  #swallow(mode: { left: number }): 'need-data' | undefined {
    while (mode.left > 0) {
      const piece = this.#input.takeSome(mode.left);
      if (piece.length === 0) return 'need-data';
      mode.left -= piece.length;
    }
    const line = this.#input.takeLine();
    if (line === undefined) {
      // Only the end of the line is looked at, for another literal.
      if (this.#input.length > MAX_LINE_BYTES) this.#input.drop(this.#input.length - KEPT_BYTES);
      return 'need-data';
    }
    const literal = literalAtEnd(line);
    if (literal === null || literal.synchronizing) this.#mode = COMMAND;
    else mode.left = literal.size;
    return undefined;
  }

  // ---- whole commands

  #parse(bytes: Buffer): ImapEvent {
    const parsed = parseCommand(bytes, this.utf8);
    if ('problem' in parsed) return this.#invalid(parsed.tag, parsed.problem);
    const { tag, command } = parsed;
    const wrong = wrongState(command.name, this.#state);
    if (wrong !== null) return this.#invalid(tag, wrong);
    this.#paused = true;
    return { type: 'command', tag, command };
  }

  #invalid(tag: string | null, text: string): ImapEvent {
    this.#paused = true;
    return { type: 'invalid', tag: tag ?? '*', text };
  }

  #takeCommand(): Buffer {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#lineBytes = 0;
    this.#literalBytes = 0;
    return bytes;
  }

  // ---- APPEND and REPLACE

  /** Begins to read one, when the command so far is one; an event: it is refused. */
  #appendStart(line: Buffer, literal: LiteralHeader | null): ImapEvent | undefined {
    if (!isAppend(this.#pieces[0]!)) return undefined;
    const bytes = this.#pieces.length === 1 ? line : Buffer.concat(this.#pieces);
    const placed = literal && { ...literal, start: bytes.length - line.length + literal.start };
    let problem: string | null;
    try {
      const start = readAppendTarget(bytes, placed, this.utf8);
      if (start === null) return undefined;
      const { tag, target, cursor } = start;
      problem = wrongState(target.command, this.#state);
      const reader = new AppendReader(cursor, placed, target.command === 'APPEND');
      this.#append = { tag, target, reader, announced: false };
    } catch (error) {
      if (!(error instanceof ImapSyntaxError)) throw error;
      problem = error.message;
    }
    this.#takeCommand();
    this.#mode = APPEND;
    if (problem === null) return undefined;
    this.#endAppend(literal);
    return this.#invalid(tagOf(bytes), problem);
  }

  #appendStep(): ImapEvent | undefined {
    const append = this.#append!;
    const { tag, target, reader } = append;
    try {
      const step = reader.next();
      switch (step.step) {
        case 'line':
          this.#mode = APPEND_LINE;
          return undefined;
        case 'string':
          return this.#announceString(reader);
        case 'message':
          this.#paused = true;
          return { type: 'append', tag, target, message: step.message, first: step.first };
        case 'literal':
          this.#paused = true;
          append.announced = true;
          return { type: 'append-literal', size: reader.literal!.size };
        case 'url':
          this.#paused = true;
          return { type: 'append-url', url: step.url };
        case 'end':
          this.#endAppend();
          this.#paused = true;
          return { type: 'append-end', tag };
      }
    } catch (error) {
      if (!(error instanceof ImapSyntaxError)) throw error;
      this.#endAppend();
      return this.#invalid(tag, error.message);
    }
  }

  #announceString(reader: AppendReader): undefined {
    if (reader.literal!.size > MAX_URL_BYTES) throw new ImapSyntaxError('[TOOBIG] Literal too large');
    const { size, synchronizing } = reader.take();
    if (synchronizing) this.out.line('+ OK');
    this.#mode = { in: 'append-string', size };
  }

  #appendString(size: number): ImapEvent | 'need-data' {
    if (this.#input.length < size) return 'need-data';
    this.#mode = APPEND;
    this.#paused = true;
    return { type: 'append-url', url: this.#input.take(size).toString('utf8') };
  }

  #appendData(mode: { left: number }): ImapEvent | 'need-data' {
    const chunk = this.#input.takeSome(mode.left);
    if (chunk.length === 0 && mode.left > 0) return 'need-data';
    mode.left -= chunk.length;
    const last = mode.left === 0;
    if (last) this.#mode = APPEND;
    return { type: 'append-data', chunk, last };
  }

  #appendLine(): ImapEvent | 'need-data' | undefined {
    const { tag, reader } = this.#append!;
    const line = this.#line();
    if (line === 'need-data') return line;
    if (line === 'too-long') {
      this.#append = undefined;
      this.#lineTooLong();
      return { type: 'invalid', tag, text: '[TOOBIG] Command line too long' };
    }
    this.#lineBytes = 0;
    reader.line(new Cursor(line), literalAtEnd(line));
    this.#mode = APPEND;
    return undefined;
  }

  /** Nothing more of it is wanted. `literal`: of the line at hand, which the client sends unasked or not at all. */
  #endAppend(literal: LiteralHeader | null | undefined = this.#append?.reader.literal): void {
    const mode = this.#mode;
    const awaitsLine = this.#append?.reader.awaitsLine ?? false;
    this.#append = undefined;
    if (mode.in === 'append-data') this.#mode = { in: 'swallow', left: mode.left };
    else if (awaitsLine) this.#mode = { in: 'swallow', left: 0 };
    else if (literal && !literal.synchronizing) this.#mode = { in: 'swallow', left: literal.size };
    else this.#mode = COMMAND;
  }

  // ---- lines that are no commands

  #responseLine(): ImapEvent | 'need-data' {
    const line = this.#line();
    if (line === 'need-data') return line;
    this.#paused = true;
    if (line === 'too-long') {
      this.#lineTooLong();
      return { type: 'response', text: '\0' };
    }
    this.#lineBytes = 0;
    return { type: 'response', text: line.toString('latin1').replace(/\r?\n$/, '') };
  }

  #idleLine(): ImapEvent | 'need-data' {
    const line = this.#line();
    if (line === 'need-data') return line;
    this.#paused = true;
    if (line === 'too-long') {
      this.#lineTooLong();
      return { type: 'invalid', tag: '*', text: 'Expected DONE' };
    }
    this.#lineBytes = 0;
    if (line.toString('latin1').trim().toUpperCase() === 'DONE') return { type: 'done' };
    return { type: 'invalid', tag: '*', text: 'Expected DONE' };
  }
}
