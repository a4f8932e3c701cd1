/** Sequence sets over uids ("3:5,9"), as bounds of ascending, disjoint ranges. */
export interface UidRanges {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Ranges of one set at most: a set of single uids of a mailbox of 10^5 still passes. */
const MAX_RANGES = 100_000;
export const MAX_UID = 4_294_967_295;

/** Parses, sorts and merges; undefined when the text is not a set. `*` is taken as the highest uid there can be. */
export function parseUidSet(text: string): UidRanges | undefined {
  const ranges: [number, number][] = [];
  for (const item of text.split(',')) {
    const colon = item.indexOf(':');
    const first = parseUid(colon < 0 ? item : item.slice(0, colon));
    const last = colon < 0 ? first : parseUid(item.slice(colon + 1));
    if (first === undefined || last === undefined || ranges.length >= MAX_RANGES) return undefined;
    ranges.push(first <= last ? [first, last] : [last, first]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const low: number[] = [];
  const high: number[] = [];
  for (const [from, to] of ranges) {
    const end = high.at(-1);
    if (end !== undefined && from <= end + 1) high[high.length - 1] = Math.max(end, to);
    else {
      low.push(from);
      high.push(to);
    }
  }
  return { low, high };
}

/** How many uids the ranges name. */
export function uidCount({ low, high }: UidRanges): number {
  return low.reduce((count, from, index) => count + high[index]! - from + 1, 0);
}

function parseUid(text: string): number | undefined {
  if (text === '*') return MAX_UID;
  if (text.length === 0 || text.length > 10) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value >= 1 && value <= MAX_UID ? value : undefined;
}

/** The shortest set of ascending uids; '' for none. */
export function formatUidSet(uids: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < uids.length; ) {
    const first = uids[index]!;
    let last = first;
    while (++index < uids.length && uids[index] === last + 1) last++;
    parts.push(first === last ? String(first) : `${first}:${last}`);
  }
  return parts.join(',');
}
