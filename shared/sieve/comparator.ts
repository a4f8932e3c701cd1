/** Comparators (RFC 4790 §9, RFC 5051): what counts as the same. */
export interface Comparator {
  readonly name: string;
  /** Both sides of :is, :contains and :matches are folded before they are compared. */
  fold(text: string): string;
  /** For :value of RFC 5231: below, at or above zero. */
  compare(left: string, right: string): number;
  readonly ignoresCase: boolean;
}

const foldAscii = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase());
const foldUnicode = (text: string): string => text.normalize('NFKC').toLowerCase();
const octets = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** RFC 4790 §9.1: digits at the front; a text without them is above all numbers. Of any length. */
function numeric(text: string): string | null {
  const digits = /^0*(\d*)/.exec(text)!;
  return digits[0] === '' ? null : digits[1]!;
}

function compareNumbers(left: string, right: string): number {
  const a = numeric(left);
  const b = numeric(right);
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a.length - b.length || octets(a, b);
}

export const COMPARATORS: Readonly<Record<string, Comparator>> = {
  'i;octet': { name: 'i;octet', fold: (text) => text, compare: octets, ignoresCase: false },
  'i;ascii-casemap': {
    name: 'i;ascii-casemap',
    fold: foldAscii,
    compare: (left, right) => octets(foldAscii(left), foldAscii(right)),
    ignoresCase: true,
  },
  'i;unicode-casemap': {
    name: 'i;unicode-casemap',
    fold: foldUnicode,
    compare: (left, right) => octets(foldUnicode(left), foldUnicode(right)),
    ignoresCase: true,
  },
  'i;ascii-numeric': {
    name: 'i;ascii-numeric',
    fold: (text) => numeric(text) ?? 'none',
    compare: compareNumbers,
    ignoresCase: false,
  },
};

/** RFC 5228 §2.7.3. */
export const DEFAULT_COMPARATOR = 'i;ascii-casemap';
