import { SieveSyntaxError } from './error.ts';
import type { Scope, Template } from './scope.ts';
import type { ArgumentNode, CommandNode, TestNode } from './syntax.ts';
import { templateOf } from './template.ts';

/** Reads the arguments of one command or test: tags in any order first, then the positional ones (RFC 5228 §2.6). */
export class ArgumentReader {
  readonly node: TestNode | CommandNode;
  readonly scope: Scope;
  readonly #left: ArgumentNode[];

  constructor(node: TestNode | CommandNode, scope: Scope) {
    this.node = node;
    this.scope = scope;
    this.#left = [...node.arguments];
  }

  get line(): number {
    return this.node.line;
  }

  fail(message: string): never {
    throw new SieveSyntaxError(this.line, `${this.node.name}: ${message}`);
  }

  need(extension: string): void {
    this.scope.need(extension, this.line);
  }

  /** Takes the tag away; true when it was there. */
  tag(name: string, extension?: string): boolean {
    const at = this.#find(name);
    if (at < 0) return false;
    if (extension !== undefined) this.need(extension);
    this.#left.splice(at, 1);
    if (this.#find(name) >= 0) this.fail(`:${name} stands twice`);
    return true;
  }

  /** Which of these tags is there; more than one is an error. */
  oneOf<Name extends string>(names: readonly Name[]): Name | undefined {
    const found = names.filter((name) => this.tag(name));
    if (found.length > 1) this.fail(`:${found[0]} and :${found[1]} exclude one another`);
    return found[0];
  }

  tagNumber(name: string, extension?: string): number | undefined {
    const value = this.#valueOf(name, extension);
    if (value === undefined) return undefined;
    return value.kind === 'number' ? value.value : this.fail(`:${name} needs a number`);
  }

  tagStrings(name: string, extension?: string): readonly Template[] | undefined {
    const value = this.#valueOf(name, extension);
    if (value === undefined) return undefined;
    if (value.kind !== 'strings') this.fail(`:${name} needs a string`);
    return value.values.map((text) => templateOf(text, this.scope, value.line));
  }

  tagString(name: string, extension?: string): Template | undefined {
    const values = this.tagStrings(name, extension);
    return values === undefined || values.length === 1 ? values?.[0] : this.fail(`:${name} needs one string`);
  }

  /** A tag's value that must be known when the script is compiled. */
  tagConstant(name: string, extension?: string): string | undefined {
    const value = this.#valueOf(name, extension);
    if (value === undefined) return undefined;
    if (value.kind !== 'strings' || value.values.length !== 1) this.fail(`:${name} needs a string`);
    return value.values[0];
  }

  number(): number {
    const value = this.#positional();
    return value?.kind === 'number' ? value.value : this.fail('a number is missing');
  }

  constants(): readonly string[] {
    const value = this.#positional();
    return value?.kind === 'strings' ? value.values : this.fail('a string is missing');
  }

  strings(): readonly Template[] {
    const { line } = this;
    return this.constants().map((text) => templateOf(text, this.scope, line));
  }

  string(): Template {
    const values = this.strings();
    return values.length === 1 ? values[0]! : this.fail('one string is needed, not a list');
  }

  constant(): string {
    const values = this.constants();
    return values.length === 1 ? values[0]! : this.fail('one string is needed, not a list');
  }

  /** How many positional arguments are left. */
  get left(): number {
    return this.#left.length;
  }

  /** All is read. `tests`: how many tests may follow; `block`: whether one must. */
  end(allowed: { readonly tests?: 0 | 1 | 'list'; readonly block?: boolean } = {}): void {
    if (this.#positional() !== undefined) this.fail('too many arguments');
    const { tests = 0, block = false } = allowed;
    const given = this.node.tests.length;
    if (tests === 'list' ? given === 0 : given !== tests)
      this.fail(given === 0 ? 'a test is missing' : 'it takes no test list');
    if ('block' in this.node && (this.node.block !== null) !== block)
      this.fail(block ? 'a block is missing' : 'it takes no block');
  }

  /** All tags it knows were taken before. */
  #positional(): ArgumentNode | undefined {
    const value = this.#left.shift();
    return value?.kind === 'tag' ? this.fail(`:${value.name} is not known here`) : value;
  }

  #find(name: string): number {
    return this.#left.findIndex((one) => one.kind === 'tag' && one.name === name);
  }

  #valueOf(name: string, extension: string | undefined): ArgumentNode | undefined {
    const at = this.#find(name);
    if (at < 0) return undefined;
    if (extension !== undefined) this.need(extension);
    const [, value] = this.#left.splice(at, 2);
    if (value === undefined) this.fail(`:${name} needs a value`);
    if (this.#find(name) >= 0) this.fail(`:${name} stands twice`);
    return value;
  }
}
