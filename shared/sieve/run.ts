import { SieveRunError } from './error.ts';
import type { SieveHeader } from './header.ts';
import { MAX_ACTIONS, MAX_CAPTURES, MAX_VARIABLE_LENGTH, MAX_VARIABLES, MAX_WORK } from './limits.ts';

/** What a script may do with the message (RFC 5228 §4 and the extensions). `flags`: as IMAP writes them. */
export type SieveAction =
  | { readonly kind: 'keep'; readonly flags: readonly string[] }
  | {
      readonly kind: 'fileinto';
      readonly mailbox: string;
      readonly flags: readonly string[];
      /** RFC 5490 §3.2. */
      readonly create: boolean;
      /** RFC 8579 §4: goes before the name where a mailbox has it. Without the backslash. */
      readonly specialUse: string | null;
    }
  | { readonly kind: 'redirect'; readonly address: string }
  | { readonly kind: 'reject'; readonly reason: string }
  | SieveVacation;

export interface SieveVacation {
  readonly kind: 'vacation';
  readonly reason: string;
  readonly subject: string | null;
  readonly from: string | null;
  /** The reason is a MIME entity with its header (RFC 5230 §4.4). */
  readonly mime: boolean;
  /** One reply a sender and handle within this time. */
  readonly seconds: number;
  readonly handle: string;
}

/** What only the mailbox actor knows. A run that needs it stops, and is begun anew with the answer. */
export type SieveQuestion =
  | { readonly kind: 'body' }
  | { readonly kind: 'mailbox'; readonly name: string }
  | { readonly kind: 'special-use'; readonly name: string | null; readonly use: string }
  | { readonly kind: 'duplicate'; readonly key: string; readonly seconds: number; readonly last: boolean };

export interface SieveBody {
  /** The body as it came, 8-bit bytes decoded as well as can be. */
  readonly raw: string;
  /** Leaf parts, `type` as `text/plain`; the text of other than text parts is their bytes as latin1. */
  readonly parts: readonly { readonly type: string; readonly text: string }[];
}

export interface SieveAnswers {
  readonly body?: SieveBody;
  /** By JSON of the question. */
  readonly known: ReadonlyMap<string, boolean>;
}

export interface SieveContext {
  readonly header: SieveHeader;
  /** RFC822.SIZE. */
  readonly size: number;
  readonly reversePath: string;
  readonly forwardPath: string;
  /** Addresses of the account, lower case: what `vacation` takes for its own (RFC 5230 §4.5). */
  readonly addresses: readonly string[];
  /** Characters each of which separates detail from user in a local part (RFC 5233); '': there are no details. */
  readonly detailSeparators: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly answers: SieveAnswers;
}

/** Thrown where an answer is missing. */
export class Unanswered extends Error {
  readonly question: SieveQuestion;
  constructor(question: SieveQuestion) {
    super('a question is open');
    this.name = 'Unanswered';
    this.question = question;
  }
}

/** Thrown by `stop`. */
export class Stopped extends Error {}

/** One run of one script over one message: all that changes while it goes. */
export class Run {
  readonly context: SieveContext;
  readonly header: SieveHeader;
  readonly actions: SieveAction[] = [];
  /** RFC 5228 §2.10.2: until an action that cancels it. */
  implicitKeep = true;
  /** The internal variable of RFC 5232 §2. */
  flags: readonly string[] = [];
  /** ${0} … of the last :matches or :regex that matched. */
  captures: readonly string[] = [];
  /** Message-IDs and the like that were asked about: to be remembered once the message is dealt with. */
  readonly tracked = new Map<string, number>();
  readonly #variables = new Map<string, string>();
  #work = 0;

  constructor(context: SieveContext) {
    this.context = context;
    this.header = context.header;
  }

  /** @throws SieveRunError when tests have looked at too much */
  work(characters: number): void {
    this.#work += characters;
    if (this.#work > MAX_WORK) throw new SieveRunError('the script takes too long');
  }

  act(action: SieveAction): void {
    if (this.actions.length >= MAX_ACTIONS) throw new SieveRunError('too many actions');
    this.actions.push(action);
  }

  ask(question: Exclude<SieveQuestion, { kind: 'body' }>): boolean {
    const answer = this.context.answers.known.get(JSON.stringify(question));
    if (answer === undefined) throw new Unanswered(question);
    return answer;
  }

  body(): SieveBody {
    const { body } = this.context.answers;
    if (body === undefined) throw new Unanswered({ kind: 'body' });
    return body;
  }

  variable(name: string): string {
    return this.#variables.get(name) ?? '';
  }

  setVariable(name: string, value: string): void {
    if (!this.#variables.has(name) && this.#variables.size >= MAX_VARIABLES)
      throw new SieveRunError('too many variables');
    this.#variables.set(name, bounded(value));
  }

  capture(values: readonly string[]): void {
    this.captures = values.slice(0, MAX_CAPTURES).map(bounded);
  }
}

/** Not in the middle of a character. */
function bounded(value: string): string {
  if (value.length <= MAX_VARIABLE_LENGTH) return value;
  const cut = value.slice(0, MAX_VARIABLE_LENGTH);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
