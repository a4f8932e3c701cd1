import type { TextCriterion } from './criterion.ts';

/** Looks for several strings in a text that comes in pieces; a match may lie across two. */
export class NeedleScan {
  readonly found = new Set<TextCriterion>();
  #wanted: readonly TextCriterion[];
  readonly #overlap: number;
  #rest = '';

  constructor(wanted: readonly TextCriterion[]) {
    this.#wanted = wanted.filter((criterion) => criterion.needle !== '');
    for (const criterion of wanted) if (criterion.needle === '') this.found.add(criterion);
    this.#overlap = Math.max(0, ...wanted.map((criterion) => criterion.needle.length - 1));
  }

  /** Every string was found: nothing more need be read. */
  get complete(): boolean {
    return this.#wanted.length === 0;
  }

  /** @param text folded. `body`: it belongs to the body, so that BODY looks at it too. */
  write(text: string, body: boolean): void {
    const folded = this.#rest + text;
    const left = this.#wanted.filter((criterion) => {
      if ((!body && criterion.test === 'body') || !folded.includes(criterion.needle)) return true;
      this.found.add(criterion);
      return false;
    });
    if (left.length < this.#wanted.length) this.#wanted = left;
    this.#rest = this.#overlap === 0 ? '' : folded.slice(-this.#overlap);
  }

  /** The next text has nothing to do with the last. */
  break(): void {
    this.#rest = '';
  }
}
