import { SieveSyntaxError } from './error.ts';
import { MAX_NESTING } from './limits.ts';
import { type Token, tokensOf } from './token.ts';

/** A script as it is written, before anyone asks what its names mean (RFC 5228 §8.2). */
export type ArgumentNode =
  | { readonly kind: 'tag'; readonly name: string; readonly line: number }
  | { readonly kind: 'number'; readonly value: number; readonly line: number }
  | { readonly kind: 'strings'; readonly values: readonly string[]; readonly line: number };

export interface TestNode {
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
  readonly tests: readonly TestNode[];
  readonly line: number;
}

export interface CommandNode extends TestNode {
  /** Null: it ended in a semicolon. */
  readonly block: readonly CommandNode[] | null;
}

/** @throws SieveSyntaxError */
export function parseScript(script: string): readonly CommandNode[] {
  const reader = new Reader(tokensOf(script));
  const commands = reader.commands(0);
  reader.expect('end');
  return commands;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(kind: Token['kind']): boolean {
    if (this.#token.kind !== kind) return false;
    this.#at++;
    return true;
  }

  expect(kind: Token['kind']): void {
    if (!this.#take(kind))
      throw new SieveSyntaxError(this.#token.line, `expected ${kind}, not ${shown(this.#token)}`);
  }

  #deeper(depth: number): number {
    if (depth >= MAX_NESTING) throw new SieveSyntaxError(this.#token.line, 'too many levels');
    return depth + 1;
  }

  commands(depth: number): CommandNode[] {
    const commands: CommandNode[] = [];
    while (this.#token.kind === 'identifier') {
      const head = this.#head(depth);
      if (this.#take(';')) commands.push({ ...head, block: null });
      else if (this.#take('{')) {
        const block = this.commands(this.#deeper(depth));
        this.expect('}');
        commands.push({ ...head, block });
      } else throw new SieveSyntaxError(this.#token.line, `expected ; or {, not ${shown(this.#token)}`);
    }
    return commands;
  }

  /** An identifier, its arguments, and the test or test list after them. */
  #head(depth: number): TestNode {
    const token = this.#token;
    if (token.kind !== 'identifier')
      throw new SieveSyntaxError(token.line, `expected a test, not ${shown(token)}`);
    this.#at++;
    const given = this.#arguments();
    const tests: TestNode[] = [];
    if (this.#token.kind === 'identifier') tests.push(this.#head(this.#deeper(depth)));
    else if (this.#take('(')) {
      do tests.push(this.#head(this.#deeper(depth)));
      while (this.#take(','));
      this.expect(')');
    }
    return { name: token.text, arguments: given, tests, line: token.line };
  }

  #arguments(): ArgumentNode[] {
    const given: ArgumentNode[] = [];
    for (;;) {
      const token = this.#token;
      const { line } = token;
      if (token.kind === 'tag') given.push({ kind: 'tag', name: token.text, line });
      else if (token.kind === 'number') given.push({ kind: 'number', value: token.value, line });
      else if (token.kind === 'string') given.push({ kind: 'strings', values: [token.text], line });
      else if (token.kind === '[') {
        given.push({ kind: 'strings', values: this.#list(), line });
        continue;
      } else return given;
      this.#at++;
    }
  }

  #list(): string[] {
    this.expect('[');
    const values: string[] = [];
    do {
      const token = this.#token;
      if (token.kind !== 'string')
        throw new SieveSyntaxError(token.line, `expected a string, not ${shown(token)}`);
      values.push(token.text);
      this.#at++;
    } while (this.#take(','));
    this.expect(']');
    return values;
  }
}

function shown(token: Token): string {
  switch (token.kind) {
    case 'identifier':
      return token.text;
    case 'tag':
      return `:${token.text}`;
    case 'string':
      return 'a string';
    case 'number':
      return String(token.value);
    case 'end':
      return 'the end of the script';
    default:
      return token.kind;
  }
}
