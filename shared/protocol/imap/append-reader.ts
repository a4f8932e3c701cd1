import { type AppendMessage, readAppendMessage } from './commands/append.ts';
import { type Cursor, ImapSyntaxError } from './cursor.ts';
import { MAX_APPEND_MESSAGES, MAX_CATENATE_PARTS } from './limits.ts';
import type { LiteralHeader } from './literal-header.ts';

/** What comes next in an APPEND or REPLACE. */
export type AppendStep =
  | { readonly step: 'message'; readonly message: AppendMessage; readonly first: boolean }
  /** So many bytes of the message follow the line. */
  | { readonly step: 'literal' }
  | { readonly step: 'url'; readonly url: string }
  /** A URL comes as a literal: give its bytes to `string`. */
  | { readonly step: 'string' }
  /** The line is used up: give the next one to `line`. */
  | { readonly step: 'line' }
  | { readonly step: 'end' };

const LITERAL: AppendStep = { step: 'literal' };
const STRING: AppendStep = { step: 'string' };
const LINE: AppendStep = { step: 'line' };
const END: AppendStep = { step: 'end' };

/**
 * Reads the messages of one command a line at a time, as their literals lie between the lines:
 *
 *   append-data = literal / "UTF8" SP "(" literal8 ")" / "CATENATE" SP "(" cat-part *(SP cat-part) ")"
 *   cat-part    = "URL" SP astring / "TEXT" SP literal / "UTF8" SP "(" literal8 ")"
 */
export class AppendReader {
  #cursor: Cursor | undefined;
  /** What the present line ends with; null: nothing, or it was used. */
  #literal: LiteralHeader | null;
  readonly #several: boolean;
  #messages = 0;
  #parts = 0;
  #place: 'message' | 'content' | 'part' | 'after-part' | 'utf8-end' = 'message';
  /** Where it goes on after the content at hand. */
  #next: 'message' | 'after-part' = 'message';
  /** The content stands in `UTF8 ( … )`. */
  #utf8 = false;

  /** `cursor`: behind the mailbox. `several`: RFC 3502. */
  constructor(cursor: Cursor, literal: LiteralHeader | null, several: boolean) {
    this.#cursor = cursor;
    this.#literal = literal;
    this.#several = several;
  }

  /** The literal that the present line ends with and that was not asked for. */
  get literal(): LiteralHeader | null {
    return this.#literal;
  }

  /** The line is used up, its literal taken. */
  get awaitsLine(): boolean {
    return this.#cursor === undefined;
  }

  line(cursor: Cursor, literal: LiteralHeader | null): void {
    this.#cursor = cursor;
    this.#literal = literal;
  }

  /** Throws `ImapSyntaxError`. */
  next(): AppendStep {
    for (;;) {
      const cursor = this.#cursor;
      if (cursor === undefined) return LINE;
      const step = this.#read(cursor);
      if (step !== undefined) return step;
    }
  }

  /** The line's literal is being taken: what follows it comes with the next line. */
  take(): LiteralHeader {
    const literal = this.#literal!;
    this.#literal = null;
    this.#cursor = undefined;
    return literal;
  }

  #read(cursor: Cursor): AppendStep | undefined {
    switch (this.#place) {
      case 'message':
        return this.#message(cursor);
      case 'content':
        this.#atLiteral(cursor);
        this.#place = this.#utf8 ? 'utf8-end' : this.#next;
        return LITERAL;
      case 'part':
        return this.#part(cursor);
      case 'after-part':
        if (cursor.take(')')) this.#place = 'message';
        else {
          cursor.space();
          this.#place = 'part';
        }
        return undefined;
      case 'utf8-end':
        cursor.expect(')');
        this.#utf8 = false;
        this.#place = this.#next;
        return undefined;
    }
  }

  #message(cursor: Cursor): AppendStep {
    if (cursor.atEnd() && this.#messages > 0) return END;
    if (this.#messages > 0 && !this.#several) throw new ImapSyntaxError('One message replaces another');
    if (this.#messages >= MAX_APPEND_MESSAGES) throw new ImapSyntaxError('Too many messages');
    const message = readAppendMessage(cursor, this.#literal);
    this.#messages += 1;
    this.#next = message.form === 'catenate' ? 'after-part' : 'message';
    this.#place = message.form === 'catenate' ? 'part' : 'content';
    this.#utf8 = message.form === 'utf8';
    return { step: 'message', message, first: this.#messages === 1 };
  }

  #part(cursor: Cursor): AppendStep | undefined {
    this.#parts += 1;
    if (this.#parts > MAX_CATENATE_PARTS) throw new ImapSyntaxError('Too many parts');
    const kind = cursor.keyword();
    cursor.space();
    if (kind === 'URL') return this.#url(cursor);
    if (kind !== 'TEXT' && kind !== 'UTF8') throw new ImapSyntaxError('Expected TEXT or URL');
    this.#utf8 = kind === 'UTF8';
    if (this.#utf8) cursor.expect('(');
    this.#place = 'content';
    return undefined;
  }

  #url(cursor: Cursor): AppendStep {
    this.#place = 'after-part';
    if (cursor.position === this.#literal?.start) return STRING;
    return { step: 'url', url: cursor.astringText() };
  }

  #atLiteral(cursor: Cursor): void {
    if (cursor.position !== this.#literal?.start) throw new ImapSyntaxError('Expected a literal');
  }
}
