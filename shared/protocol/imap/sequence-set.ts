/**
 * Sequence sets (RFC 3501 §9): `1:3,7,12:*`. Kept as ranges; `*` stays open until it is resolved against the
 * highest number in the mailbox.
 */

/** Stands for `*`: above every 32-bit number. */
export const STAR = 0x1_0000_0000;

/** `$`: the result of the last search that was saved (RFC 5182). */
export const SAVED_RESULT = '$';

/** Both ends included, either way round, in the order written. */
export type SequenceSet = NumberSet | typeof SAVED_RESULT;
export type NumberSet = readonly (readonly [number, number])[];
/** Ascending, disjoint, not touching, low end first, no `*`. */
export type Ranges = readonly (readonly [number, number])[];

/** Null when it is no sequence set. Linear in its length. */
export function parseSequenceSet(text: string): SequenceSet | null {
  return text === SAVED_RESULT ? SAVED_RESULT : parseNumberSet(text);
}

/** The same without `$`. */
export function parseNumberSet(text: string): NumberSet | null {
  const set: [number, number][] = [];
  let at = 0;
  const number = (): number => {
    if (text.charCodeAt(at) === 0x2a) {
      at += 1;
      return STAR;
    }
    let value = 0;
    const start = at;
    for (; at < text.length; at += 1) {
      const digit = text.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value >= STAR) return 0;
    }
    return at === start ? 0 : value;
  };
  for (;;) {
    const first = number();
    if (first === 0) return null;
    let last = first;
    if (text.charCodeAt(at) === 0x3a) {
      at += 1;
      last = number();
      if (last === 0) return null;
    }
    set.push([first, last]);
    if (at === text.length) return set;
    if (text.charCodeAt(at) !== 0x2c) return null;
    at += 1;
  }
}

/** Replaces `*` by `highest` and puts the ranges in order. With `highest` 0 (empty mailbox), `*` matches nothing. */
export function resolveSequenceSet(set: NumberSet, highest: number): Ranges {
  const ranges: [number, number][] = [];
  for (const [first, last] of set) {
    if (highest === 0 && (first === STAR || last === STAR)) continue;
    const a = first === STAR ? highest : first;
    const b = last === STAR ? highest : last;
    ranges.push(a <= b ? [a, b] : [b, a]);
  }
  return mergeRanges(ranges);
}

function mergeRanges(ranges: [number, number][]): Ranges {
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && range[0] <= last[1] + 1) last[1] = Math.max(last[1], range[1]);
    else merged.push([range[0], range[1]]);
  }
  return merged;
}

/** Ascending numbers as ranges. */
export function rangesOf(numbers: readonly number[]): Ranges {
  return mergeRanges(numbers.map((number) => [number, number]));
}

/** Binary search. */
export function rangesContain(ranges: Ranges, value: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const [first, last] = ranges[middle]!;
    if (value < first) high = middle - 1;
    else if (value > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** What is in both. */
export function intersectRanges(one: Ranges, other: Ranges): Ranges {
  const both: [number, number][] = [];
  for (let a = 0, b = 0; a < one.length && b < other.length; ) {
    const first = Math.max(one[a]![0], other[b]![0]);
    const last = Math.min(one[a]![1], other[b]![1]);
    if (first <= last) both.push([first, last]);
    if (one[a]![1] < other[b]![1]) a += 1;
    else b += 1;
  }
  return both;
}

export function formatRanges(ranges: Ranges): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',');
}

/** Numbers in the order given as a sequence set, upward runs as ranges: `1:3,7`. Empty text for no numbers. */
export function formatSequenceSet(numbers: ArrayLike<number>): string {
  let text = '';
  let at = 0;
  while (at < numbers.length) {
    const first = numbers[at]!;
    let last = first;
    while (at + 1 < numbers.length && numbers[at + 1] === last + 1) {
      at += 1;
      last += 1;
    }
    text += `${text === '' ? '' : ','}${first === last ? first : `${first}:${last}`}`;
    at += 1;
  }
  return text;
}
