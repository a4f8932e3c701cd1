import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** Tags inside a line of text; all others part words. */
const INLINE = new Set(
  'a abbr acronym b basefont bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);
/** Units kept of a section that is not at its end. */
const MAX_HELD = 65_536;
/** Their text is for no reader. */
const UNSEEN = new Set(['script', 'style', 'template']);

/**
 * What a reader sees of HTML that comes in pieces: text without tags, comments, scripts and styles, entities decoded, any
 * run of white space one space, blocks parted by a line end. The tokenizer alone: it keeps no stack, so that tags nested without
 * end cost nothing.
 */
export class HtmlText {
  readonly #tokenizer: Tokenizer;
  /** What has come and may be needed yet: a section may begin in an earlier piece. */
  #held = '';
  #heldStart = 0;
  #done = 0;
  #text = '';
  /** White space that is written when something follows it. */
  #gap: '' | ' ' | '\n' = '';
  #unseen: string | undefined;
  #began = false;

  constructor() {
    const nothing = (): void => {};
    const passed = (_start: number, end: number): void => {
      this.#done = end;
    };
    const callbacks: TokenizerCallbacks = {
      onattribdata: passed,
      onattribentity: nothing,
      onattribend: nothing,
      onattribname: passed,
      oncdata: passed,
      oncomment: passed,
      ondeclaration: nothing,
      onend: nothing,
      onopentagend: nothing,
      onprocessinginstruction: nothing,
      onselfclosingtag: () => {
        this.#unseen = undefined;
      },
      onopentagname: (start, end) => this.#tag(this.#slice(start, end).toLowerCase(), true),
      onclosetag: (start, end) => this.#tag(this.#slice(start, end).toLowerCase(), false),
      ontext: (start, end) => this.#add(this.#slice(start, end)),
      ontextentity: (codepoint) => this.#add(String.fromCodePoint(codepoint)),
    };
    this.#tokenizer = new Tokenizer({ decodeEntities: true }, callbacks);
  }

  /** The text that this piece completes. */
  write(piece: string): string {
    this.#held += piece;
    this.#tokenizer.write(piece);
    // Of a longer section only the end can matter: it is a comment, or a name that nobody knows.
    const from = Math.max(this.#done - this.#heldStart, this.#held.length - MAX_HELD, 0);
    this.#held = this.#held.slice(from);
    this.#heldStart += from;
    return this.#take();
  }

  end(): string {
    this.#tokenizer.end();
    return this.#take();
  }

  #take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #slice(start: number, end: number): string {
    this.#done = end;
    return this.#held.slice(Math.max(0, start - this.#heldStart), Math.max(0, end - this.#heldStart));
  }

  #tag(name: string, opens: boolean): void {
    if (this.#unseen !== undefined) {
      if (!opens && name === this.#unseen) this.#unseen = undefined;
      return;
    }
    if (opens && UNSEEN.has(name)) this.#unseen = name;
    if (!INLINE.has(name) && this.#began) this.#gap = '\n';
  }

  #add(text: string): void {
    if (this.#unseen !== undefined) return;
    let from = 0;
    for (const match of text.matchAll(WHITE)) {
      this.#words(text.slice(from, match.index));
      from = match.index + match[0].length;
      if (this.#began && this.#gap === '') this.#gap = ' ';
    }
    this.#words(text.slice(from));
  }

  #words(text: string): void {
    if (text === '') return;
    this.#text += this.#gap + text;
    this.#gap = '';
    this.#began = true;
  }
}

const WHITE = /[ \t\r\n\f\u00a0]+/g;
