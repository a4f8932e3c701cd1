import { SieveSyntaxError } from './error.ts';
import { EXTENSIONS } from './extensions.ts';
import type { Run } from './run.ts';

/** A compiled regular expression, in time linear in the text: the groups, or null. */
export type SieveRegex = (text: string) => readonly string[] | null;

/** Handed in: a script's patterns come from a stranger, so an engine that backtracks will not do. Throws on a bad pattern. */
export type CompileRegex = (pattern: string, ignoreCase: boolean) => SieveRegex;

/** A string of a script: constant, or with variables in it. */
export type Template = (run: Run) => string;

/** What holds while a script is compiled. */
export class Scope {
  readonly compileRegex: CompileRegex;
  readonly #required = new Set<string>();

  constructor(compileRegex: CompileRegex) {
    this.compileRegex = compileRegex;
  }

  require(extension: string, line: number): void {
    if (!EXTENSIONS.includes(extension))
      throw new SieveSyntaxError(line, `there is no extension ${JSON.stringify(extension.slice(0, 60))}`);
    this.#required.add(extension);
    // RFC 6131 §2: the longer one brings the shorter.
    if (extension === 'vacation-seconds') this.#required.add('vacation');
  }

  has(extension: string): boolean {
    return this.#required.has(extension);
  }

  need(extension: string, line: number): void {
    if (!this.has(extension)) throw new SieveSyntaxError(line, `require "${extension}" is missing`);
  }
}
