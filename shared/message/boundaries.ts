import { MAX_LINE_HEAD } from './header.ts';

/** RFC 2046 §5.1.1 allows 70 characters; a boundary beyond this is none. */
export const MAX_BOUNDARY = 998;

const CR = 13;
const DASH = 45;

/** A delimiter line found. */
export interface Delimiter {
  /** Place of its multipart in the stack of open parts. */
  readonly place: number;
  /** "--boundary--". */
  readonly closes: boolean;
}

/**
 * The boundaries whose delimiters count now, each with the places of its multiparts, innermost last. A line is compared
 * as a whole (but for "--" and blanks at its end), so that "--a" and "--ab" are two boundaries, and in time that does
 * not grow with the number of open multiparts.
 */
export class Boundaries {
  readonly #places = new Map<string, number[]>();

  get size(): number {
    return this.#places.size;
  }

  add(boundary: string, place: number): void {
    const places = this.#places.get(boundary);
    if (places === undefined) this.#places.set(boundary, [place]);
    else places.push(place);
  }

  /** Places are added and removed as a stack, so `place` is the last of its boundary. */
  remove(boundary: string): void {
    const places = this.#places.get(boundary);
    if (places === undefined) return;
    places.pop();
    if (places.length === 0) this.#places.delete(boundary);
  }

  /** `line[from…end)` is the line's head without LF, `length` all of the line. */
  find(line: Buffer, from: number, end: number, length: number): Delimiter | null {
    if (this.#places.size === 0 || length < 3 || length > MAX_LINE_HEAD) return null;
    if (line[from] !== DASH || line[from + 1] !== DASH) return null;
    let trimmed = end;
    while (trimmed > from + 2 && isPadding(line[trimmed - 1]!)) trimmed--;
    const text = line.toString('latin1', from + 2, trimmed);
    const opening = this.#innermost(text);
    const closing = text.endsWith('--') ? this.#innermost(text.slice(0, -2)) : -1;
    if (opening < 0 && closing < 0) return null;
    return closing > opening ? { place: closing, closes: true } : { place: opening, closes: false };
  }

  #innermost(boundary: string): number {
    return this.#places.get(boundary)?.at(-1) ?? -1;
  }
}

function isPadding(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === CR;
}
